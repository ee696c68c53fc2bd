-- The gateway's own call form, in its own words or in those of Zammad's generic CTI
-- (docs.zammad.org/en/latest/api/generic-cti and cti_spec.rb, read 2026-11-23). For every PBX whose administrator writes
-- the request himself: 3CX, UIS, Ringostat, Calltouch.

local states = {
  ringing = "ringing", answered = "answered", ended = "ended", recording = "recording", newcall = "ringing",
  answer = "answered", hangup = "ended",
}
local directions = {
  ["in"] = "inbound", inbound = "inbound", out = "outbound", outbound = "outbound", internal = "internal",
}
-- What the administrator's PBX calls it, without blanks, hyphens and underscores.
local outcomes = {
  answered = "answered", answer = "answered", success = "answered", missed = "missed", noanswer = "missed",
  notanswered = "missed", voicemail = "voicemail", busy = "busy", cancel = "cancelled", cancelled = "cancelled",
  canceled = "cancelled", rejected = "rejected", failed = "failed", congestion = "failed", chanunavail = "failed",
  forwarded = "forwarded",
}
-- sipgate's words in Zammad's form; there noAnswer is a call that was refused. normalClearing says nothing of its own.
local causes = {
  busy = "busy", cancel = "cancelled", noAnswer = "rejected", congestion = "failed", notFound = "failed",
  forwarded = "forwarded",
}

local function word(value)
  return (string.gsub(text.lower(value or ""), "[ _-]", ""))
end

return {
  name = "generic-call", kind = "telephony", title = "Any PBX (generic call form)",
  accepts = { methods = { "GET", "POST" }, body = "any", limit = "64KiB" },
  settings = {
    -- Besides the token in the address, if the sender can set a header: Authorization: Bearer SECRET.
    secret = { secret = true },
    timezone = { default = "UTC" },
  },
  phones = { anonymous = { "anonymous", "unknown", "restricted", "private", "null" } },
  verify = { { kind = "static", key = "{settings.secret}", from = "header.Authorization", prefix = "Bearer ", optional = true } },
  unsigned = { "all fields" },
  -- The words for the call's id differ, so the whole request counts as the key; `event_id` keeps a call's events apart.
  repeat_window = 86400,
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local json = table.of(request.json)
    local function get(...)
      for _, name in ipairs({ ... }) do
        local value = text.of(json[name], request.form[name], request.query[name])
        if value then return value end
      end
      return nil
    end

    local kind, direction = get("event"), directions[text.lower(get("direction") or "")]
    local state = states[text.lower(kind or "")]
    if not state or (not direction and state ~= "recording") then return { ignored = "unsupported_kind" } end
    if direction == "internal" then return { ignored = "internal" } end
    local theirs, ours = "from", "to"
    if direction == "outbound" then theirs, ours = ours, theirs end
    local client, line = get("client", theirs), get("line", ours)
    local at = get("at")
    at = at and time.parse(at, request.settings.timezone)

    -- Without an id (3CX) a call is its number, our line and when it began, to the second.
    local thread = get("call_id", "callId")
    if not thread then thread = text.join(":", client, line, string.sub(at or request.received_at, 1, 19)) end
    local employee = get("agent", "user", "user[]")
    local call = { scope = "call", state = state, at_source = at and "provider" or "receipt", line = line }
    local event = {
      type = "call", direction = direction or "unknown", thread = thread, raw_kind = kind,
      event_id = text.join(":", thread, state, employee, get("recording")),
      occurred_at = at or request.received_at, call = call, contact = {},
    }
    if state ~= "recording" or client then event.contact = telephony.contact(client, get("name")) end
    if get("recording") then call.recording = { url = get("recording") } end

    local status, cause = outcomes[word(get("status"))], get("cause")
    if state == "ringing" then
      call.agents = telephony.agents(employee)
    elseif state == "answered" then
      -- A mailbox that answers is nobody.
      if employee and text.lower(employee) == "voicemail" then
        call.outcome = "voicemail"
      else
        call.agents = telephony.agents(employee, true)
      end
    elseif state == "ended" then
      call.outcome, call.cause = status or causes[cause], cause or get("status")
      call.talk_s, call.wait_s = math.count(get("talk")), math.count(get("wait"))
      if not call.outcome and (call.talk_s or 0) > 0 then call.outcome = "answered" end
      call.agents = telephony.agents(employee, call.outcome == "answered" or nil)
    elseif not call.recording then
      return { ignored = "status_only" }
    end
    if get("queue") then event.fields = { { name = "queue", value = get("queue") } } end
    for _, name in ipairs({ "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term" }) do
      if get(name) then
        event.attribution = event.attribution or {}
        event.attribution[name] = get(name)
      end
    end
    return { event }
  end,
}
