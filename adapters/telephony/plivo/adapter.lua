-- Plivo Voice: ring_url and hangup_url. plivo.com/docs/voice/xml/request, docs.plivo.com account/api/application,
-- plivo/plivo-python signature_v3.py and plivo/plivo-node v3Security.js, read 2026-11-23.

local states = {
  ringing = "ringing", ["in-progress"] = "answered", completed = "ended", busy = "ended", failed = "ended",
  timeout = "ended", ["no-answer"] = "ended",
}
local outcomes = { busy = "busy", failed = "failed", timeout = "missed", ["no-answer"] = "missed" }

return {
  name = "plivo", kind = "telephony", title = "Plivo",
  unproven = "no delivery has been seen; a call that only a menu answered looks like an answered one",
  accepts = { methods = { "GET", "POST" }, body = "form", limit = "64KiB" },
  settings = { auth_token = { secret = true, required = true } },
  phones = { international_without_plus = true, anonymous = { "anonymous" } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.auth_token}", from = "header.X-Plivo-Signature-V3",
      encoding = "base64", list = true,
      -- By the method, so that what was signed of a GET never passes for a POST with a form of somebody else's.
      string = {
        {
          switch = "method",
          cases = { GET = '{url_base}?{sorted(query, "=", "&")}.{header.X-Plivo-Signature-V3-Nonce}' },
          default = '{url_base}?{sorted(query, "=", "&")}.{sorted(form)}.{header.X-Plivo-Signature-V3-Nonce}',
        },
        -- Without a query.
        { switch = "method", cases = { POST = "{url_base}?{sorted(form)}.{header.X-Plivo-Signature-V3-Nonce}" } },
      },
    },
  },
  event_key = { "form.CallUUID|query.CallUUID", "form.CallStatus|query.CallStatus" },
  reply = {},

  map = function(request)
    local sent = request.method == "GET" and request.query or request.form
    local leg, status = text.of(sent.CallUUID), text.of(sent.CallStatus)
    local thread = text.of(sent.ALegUUID, leg)
    local state, direction = states[status], text.of(sent.Direction)
    local id = text.join(":", leg, status)
    if not leg or not state or #id > 512 or #thread > 512 or (direction ~= "inbound" and direction ~= "outbound") then
      return { ignored = "unsupported_kind" }
    end

    local talk = telephony.seconds(sent.Duration)
    local call = { state = state, scope = "call", at_source = "receipt", cause = text.of(sent.HangupCause) }
    local event = {
      type = "call", direction = direction, thread = thread, event_id = id, raw_kind = status,
      occurred_at = request.received_at, call = call,
    }
    if thread ~= leg then
      -- A second leg: whom the application called, not who called us.
      event.direction, event.contact, call.scope, call.leg = "unknown", {}, "leg", leg
      call.outcome = outcomes[status]
      if state == "ended" then call.talk_s = talk end
      local employee, answered = text.of(sent.To), nil
      if state ~= "ringing" then answered = state == "answered" or (talk or 0) > 0 end
      if employee then call.agents = { { name = employee, answered = answered } } end
      return { event }
    end

    local client, line = sent.From, sent.To
    if direction == "outbound" then client, line = line, client end
    event.contact, call.line = telephony.contact(client), text.of(line)
    if state == "answered" and direction == "inbound" then
      -- The application took it: not yet a person.
      call.scope, call.leg = "leg", leg
    elseif state == "ended" then
      call.talk_s = talk
      call.outcome = outcomes[status] or (talk == 0 and "missed") or (talk and "answered") or nil
    end
    return { event }
  end,
}
