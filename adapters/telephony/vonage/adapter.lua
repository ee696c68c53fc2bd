-- Vonage (Nexmo) Voice API, event webhook. Nexmo/nexmo-developer voice-api/webhook-reference.md and
-- guides/signed-webhooks.md, Vonage/vonage-python-sdk jwt/src/vonage_jwt/verify_jwt.py, read 2026-11-23.

local states = {
  started = "ringing", ringing = "ringing", answered = "answered", completed = "ended", busy = "ended",
  cancelled = "ended", unanswered = "ended", disconnected = "ended", rejected = "ended", failed = "ended",
  timeout = "ended",
}
local outcomes = {
  busy = "busy", cancelled = "cancelled", unanswered = "missed", rejected = "rejected", failed = "failed",
  timeout = "missed",
}

return {
  name = "vonage", kind = "telephony", title = "Vonage Voice",
  unproven = "no delivery has been seen; calls that the application itself places are not told from those to employees",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  settings = { signature_secret = { secret = true, required = true } },
  phones = { international_without_plus = true, anonymous = { "anonymous" } },
  verify = {
    {
      kind = "jwt", algorithm = "HS256", key = "{settings.signature_secret}", from = "header.Authorization",
      prefix = "Bearer ", claims = { iss = "Vonage", iat = true }, body_hash = "payload_hash",
    },
  },
  event_key = {
    "json.conversation_uuid", "json.uuid|json.call_uuid", "json.status", "json.recording_uuid", "json.timestamp",
  },
  reply = {},

  map = function(request)
    local json = table.of(request.json)
    local leg, thread, status = text.of(json.uuid), text.of(json.conversation_uuid), text.of(json.status)
    local recording, file = text.of(json.recording_uuid), text.of(json.recording_url)
    local id = text.join(":", thread, leg, status, recording)
    if not thread or #id > 512 then return { ignored = "unsupported_kind" } end

    local at = time.parse(text.of(json.timestamp))
    local call = { scope = "call", at_source = at and "provider" or "receipt", leg = leg }
    local event = {
      type = "call", direction = "unknown", thread = thread, event_id = id, raw_kind = status or "record",
      occurred_at = at or request.received_at, contact = {}, call = call,
    }
    if file then
      -- It names no leg and no number; a token is needed to fetch it.
      call.state, call.recording = "recording", { id = recording, url = file, needs_fetch = true }
      return { event }
    end
    call.state, call.outcome = states[status], outcomes[status]
    if not call.state or not leg then return { ignored = "status_only" } end
    if call.state == "ended" then call.cause = status end

    if text.of(json.direction) == "inbound" then
      event.direction, event.contact, call.line = "inbound", telephony.contact(json.from), text.of(json.to)
      -- The application answers as soon as it has a program to run: that is nobody yet.
      if call.state == "answered" then call.scope = "leg" end
    elseif text.of(json.direction) == "outbound" then
      -- Whom the application called.
      call.scope = "leg"
      if call.state == "ended" then call.talk_s = telephony.seconds(json.duration) end
      local employee, answered = text.of(json.to), nil
      if call.state ~= "ringing" then answered = call.state == "answered" or (call.talk_s or 0) > 0 end
      if employee then call.agents = { { name = employee, answered = answered } } end
    else
      return { ignored = "unsupported_kind" }
    end
    return { event }
  end,
}
