-- RingCentral, account telephony sessions. ringcentral/ringcentral-api-docs:
-- event-filters/account-telephony-sessions.md, webhooks/{creating-webhooks,receiving,troubleshooting}.md
-- and code-samples, read 2026-11-23.

local states = {
  Setup = "ringing", Proceeding = "ringing", Answered = "answered", VoiceMail = "answered",
  VoiceMailScreening = "answered", Disconnected = "ended",
}
-- The party ends or begins because the call moves on; the call itself goes on.
local moved = { BlindTransfer = true, AttendedTransfer = true, CallRedirected = true }
local outcomes = { NoAnswer = "missed", TargetBusy = "busy", Rejected = "rejected", Cancelled = "cancelled" }
local own_calls = { GreetingsRecording = true, VerificationCall = true, TestCall = true }

-- What one party of the session says; nil where that is nothing.
local function statement(party, body, event)
  local status, from, to = table.of(party.status), table.of(party.from), table.of(party.to)
  local code, reason, leg = text.of(status.code), text.of(status.reason), text.of(party.id)
  local state = states[code]
  local outbound = text.of(party.direction) == "Outbound"
  local client, ours = from, to
  if outbound then client, ours = to, from end
  if not state or (not outbound and text.of(party.direction) ~= "Inbound") then return nil end

  local call = {
    state = state, scope = "call", at_source = event.at_source, order = math.count(body.sequence), leg = leg,
    line = text.of(ours.phoneNumber), cause = reason,
  }
  -- A party without an extension is a menu or a queue, which is nobody. The extension's id is not its number.
  local employee = text.of(ours.extensionId) and text.of(ours.name, ours.extensionId)
  if code == "Answered" then
    call.scope = "leg"
    if employee then call.agents = { { name = employee, answered = true } } end
  elseif state == "answered" then
    call.outcome = "voicemail"
  else
    if employee then call.agents = { { name = employee } } end
    -- Of an inbound call that rang at several, another may have answered: its parties together say what it came to.
    if state == "ended" and outbound then call.outcome = outcomes[reason] end
    if state == "ended" and moved[reason] then call.scope = "leg" end
  end
  return {
    type = "call", direction = outbound and "outbound" or "inbound", thread = event.thread, raw_kind = code,
    event_id = text.join(":", event.thread, body.sequence, leg, code), occurred_at = event.at,
    contact = telephony.contact(client.phoneNumber, client.name), call = call,
  }
end

return {
  name = "ringcentral", kind = "telephony", title = "RingCentral",
  unproven = "no delivery to a running account has been seen, nor what a call through a menu or a queue looks like",
  -- The request that proves the address is empty, which no JSON is.
  accepts = { methods = { "POST" }, body = "any", limit = "256KiB" },
  settings = { validation_token = { secret = true, required = true } },
  handshake = {
    {
      header = "Validation-Token", body = false,
      reply = { headers = { ["Validation-Token"] = "{header.Validation-Token}" }, type = "application/json" },
    },
  },
  phones = { anonymous = { "anonymous" } },
  verify = { { kind = "static", key = "{settings.validation_token}", from = "header.Validation-Token" } },
  unsigned = { "all fields; the token is the same each time" },
  event_key = { "json.uuid" },
  reply = {},

  map = function(request)
    local body = table.of(table.of(request.json).body)
    local thread = text.of(body.telephonySessionId)
    if not thread or #thread > 256 then return { ignored = "unsupported_kind" } end
    if own_calls[text.of(table.of(body.origin).type)] then return { ignored = "internal" } end

    local at = time.parse(text.of(body.eventTime))
    local event = {
      thread = thread, at = at or request.received_at, at_source = at and "provider" or "receipt",
    }
    local events, ignored = {}, "status_only"
    for place, element in ipairs(table.of(body.parties)) do
      local party = table.of(element)
      local between_staff = text.of(table.of(party.from).extensionId) and text.of(table.of(party.to).extensionId)
      local found = not between_staff and place <= 100 and statement(party, body, event)
      if between_staff then ignored = "internal" end
      if found and #found.event_id <= 512 then
        events[#events + 1] = found
      elseif found then
        ignored = "unsupported_kind"
      end
    end
    if #events == 0 then return { ignored = ignored } end
    return events
  end,
}
