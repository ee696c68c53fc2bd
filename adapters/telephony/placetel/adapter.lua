-- Placetel Notify. Placetel/call-control-notify-api README.md, read 2026-11-23.

local outcomes = {
  accepted = "answered", missed = "missed", voicemail = "voicemail", blocked = "rejected", busy = "busy",
  canceled = "cancelled", unavailable = "failed", congestion = "failed",
}
local states = { IncomingCall = "ringing", OutgoingCall = "ringing", CallAccepted = "answered", HungUp = "ended" }
local directions = { ["in"] = "inbound", out = "outbound" }
-- The vendor's own signed example has no direction.
local usual = { IncomingCall = "inbound", CallAccepted = "inbound", OutgoingCall = "outbound" }

-- A SIP user, or an extension.
local function is_internal(number)
  return number and (text.find(number, "@") ~= nil or (#number <= 5 and text.digits(number) == number))
end

return {
  name = "placetel", kind = "telephony", title = "Placetel",
  accepts = { methods = { "POST" }, body = "form", limit = "64KiB" },
  settings = { secret = { secret = true, required = true } },
  phones = { anonymous = { "anonymous" } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-PLACETEL-SIGNATURE", encoding = "hex",
      string = "{body}",
    },
  },
  event_key = { "form.call_id", "form.event" },
  reply = {},

  map = function(request)
    local form = request.form
    local kind, thread = text.of(form.event), text.of(form.call_id)
    local state, direction = states[kind], directions[text.of(form.direction)] or usual[kind]
    local id = text.join(":", thread, kind)
    if not thread or not state or not direction or #id > 512 then return { ignored = "unsupported_kind" } end

    local client, line = text.of(form.from), text.of(form.to)
    if direction == "outbound" then client, line = line, client end
    if direction == "outbound" and is_internal(client) then return { ignored = "internal" } end

    -- No event names a time.
    local call = { state = state, scope = "call", at_source = "receipt", line = line }
    if state == "ended" then
      call.cause = text.of(form.type)
      call.outcome, call.talk_s = outcomes[call.cause], telephony.seconds(form.duration)
    else
      -- Who placed the call or took it, as the SIP user `7777abcdefg@fpbx.de`.
      call.agents = telephony.agents(form.peer, state == "answered" or nil)
    end
    return {
      {
        type = "call", direction = direction, thread = thread, event_id = id, raw_kind = kind,
        occurred_at = request.received_at, contact = telephony.contact(client), call = call,
      },
    }
  end,
}
