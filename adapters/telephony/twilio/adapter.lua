-- Twilio Voice: StatusCallback and RecordingStatusCallback. twilio/twilio-python request_validator.py and its tests,
-- twilio.com/docs/api/twiml/twilio_request, frappe/crm crm/integrations/twilio, read 2026-11-23.

local states = {
  queued = "ringing", initiated = "ringing", ringing = "ringing", ["in-progress"] = "answered", completed = "ended",
  busy = "ended", ["no-answer"] = "ended", failed = "ended", canceled = "ended",
}
local outcomes = { busy = "busy", ["no-answer"] = "missed", failed = "failed", canceled = "cancelled" }

local function begins_with(value, start)
  return value ~= nil and string.sub(value, 1, #start) == start
end

-- A leg that the application called: an employee, as far as a call from outside goes.
local function child_leg(sent, call, event)
  event.direction, event.contact, call.scope = "unknown", {}, "leg"
  local talk = telephony.seconds(sent.CallDuration)
  if call.state == "ended" then call.talk_s = talk end
  local employee, answered = text.of(sent.To), nil
  if call.state ~= "ringing" then answered = call.state == "answered" or (not call.outcome and (talk or 0) > 0) end
  if employee then call.agents = { { name = employee, answered = answered } } end
  return { event }
end

local function root_leg(sent, call, event)
  local from, to, direction = text.of(sent.From), text.of(sent.To), text.of(sent.Direction)
  if begins_with(from, "client:") then
    -- An employee who calls from the browser comes in by the application.
    if begins_with(to, "client:") then return { ignored = "internal" } end
    event.direction, call.agents = "outbound", { { name = from } }
    -- Or an application's id.
    event.contact = begins_with(to, "+") and telephony.contact(to) or {}
  elseif direction == "inbound" then
    event.direction, event.contact, call.line = "inbound", telephony.contact(from, sent.CallerName), to
  elseif begins_with(direction, "outbound") then
    event.direction, event.contact, call.line = "outbound", telephony.contact(to), from
  else
    return { ignored = "unsupported_kind" }
  end
  -- The application answers whoever comes in, so only the legs it calls say whether a person did.
  if call.state == "answered" and direction == "inbound" then
    call.scope = "leg"
  elseif call.state == "ended" and direction ~= "inbound" then
    call.talk_s = telephony.seconds(sent.CallDuration)
    if not call.outcome and (call.talk_s or 0) > 0 then call.outcome = "answered" end
  end
  return { event }
end

return {
  name = "twilio", kind = "telephony", title = "Twilio Voice",
  unproven = "no delivery has been seen; the fields of the two callbacks are put together from several sources",
  accepts = { methods = { "GET", "POST" }, body = "form", limit = "64KiB" },
  settings = { auth_token = { secret = true, required = true } },
  phones = { anonymous = { "anonymous" } },
  verify = {
    {
      kind = "hmac", hash = "sha1", key = "{settings.auth_token}", from = "header.X-Twilio-Signature",
      encoding = "base64",
      -- It may sign the address with its port written, or without.
      string = { "{url}{sorted(form)}", "{url_port}{sorted(form)}" },
    },
  },
  event_key = {
    "form.CallSid|query.CallSid", "form.CallStatus|query.CallStatus", "form.SequenceNumber|query.SequenceNumber",
    "form.RecordingSid|query.RecordingSid", "form.RecordingStatus|query.RecordingStatus",
  },
  reply = {},

  map = function(request)
    local sent = request.method == "GET" and request.query or request.form
    local leg, status, recording = text.of(sent.CallSid), text.of(sent.CallStatus), text.of(sent.RecordingSid)
    local parent, file = text.of(sent.ParentCallSid), text.of(sent.RecordingUrl)
    local id = text.join(":", leg, status, sent.SequenceNumber, recording)
    if not leg or #id > 512 or (parent and #parent > 512) then return { ignored = "unsupported_kind" } end

    local at = time.parse(text.of(sent.Timestamp))
    local call = { scope = "call", at_source = at and "provider" or "receipt", leg = leg }
    local event = {
      type = "call", direction = "unknown", thread = parent or leg, event_id = id, raw_kind = status,
      occurred_at = at or request.received_at, contact = {}, call = call,
    }
    if recording and file then call.recording = { id = recording, url = file } end
    if recording and not status then
      event.raw_kind, call.state = text.of(sent.RecordingStatus), "recording"
      if not call.recording then return { ignored = "status_only" } end
      return { event }
    end

    call.state, call.outcome = states[status], outcomes[status]
    if not call.state then return { ignored = "unsupported_kind" } end
    if call.state == "ended" then call.cause = status end
    if parent then return child_leg(sent, call, event) end
    return root_leg(sent, call, event)
  end,
}
