-- Asterisk and FreePBX, by the dialplan in deploy/asterisk/leadgate.conf, which says what is sent: Asterisk has no
-- webhooks. Words and functions are from asterisk/documentation (CURL.md, CURLOPT.md, Dial.md, Hangup-Handlers.md),
-- read 2026-11-24.

local states = { newCall = "ringing", answer = "answered", hangup = "ended" }
local directions = { ["in"] = "inbound", out = "outbound" }
-- DIALSTATUS. None where the caller was in a menu or a queue: then the answers say what the call came to.
local outcomes = {
  ANSWER = "answered", NOANSWER = "missed", BUSY = "busy", CANCEL = "cancelled", CHANUNAVAIL = "failed",
  CONGESTION = "failed", INVALIDARGS = "failed", DONTCALL = "rejected", TORTURE = "rejected",
}

local function is_extension(number)
  return number and #number <= 5 and text.digits(number) == number
end

-- 101 of PJSIP/101-0000002a.
local function peer_of(channel)
  if not channel or #channel > 200 then return nil end
  return string.match(channel, "^[^/]+/(.+)%-[^-]*$")
end

return {
  name = "asterisk", kind = "telephony", title = "Asterisk, FreePBX",
  unproven = "the dialplan has not been run on an Asterisk; its functions are used as documented",
  accepts = { methods = { "POST" }, body = "form", limit = "64KiB" },
  settings = { secret = { secret = true, required = true } },
  phones = { anonymous = { "anonymous", "unknown", "restricted", "unavailable", "private" } },
  verify = { { kind = "static", key = "{settings.secret}", from = "header.X-Gateway-Token" } },
  unsigned = { "all fields; the token is the same each time" },
  event_key = { "form.callId", "form.event", "form.agent", "form.channel" },
  lookup = { when = { ["form.event"] = "newCall", ["form.direction"] = "in" }, phone = "form.from" },
  -- What is answered becomes the caller's name, so it is empty unless there is one.
  reply = {},

  map = function(request)
    local form = request.form
    local kind, thread = text.of(form.event), text.of(form.callId)
    local state, direction = states[kind], directions[text.of(form.direction)]
    local employee = text.of(form.agent) or peer_of(text.of(form.channel))
    local id = text.join(":", thread, kind, employee)
    if not thread or not state or not direction or #id > 512 then return { ignored = "unsupported_kind" } end

    local client, line = text.of(form.from), text.of(form.to)
    if is_extension(client) and is_extension(line) then return { ignored = "internal" } end
    if direction == "outbound" then client, line = line, client end
    local call = {
      state = state, scope = "call", at_source = "receipt", line = line,
      agents = telephony.agents(employee, state == "answered" or nil),
    }
    if state == "ended" then
      call.cause = text.of(form.status)
      call.outcome = outcomes[call.cause]
      if call.outcome then call.talk_s = call.outcome == "answered" and telephony.seconds(form.talk) or 0 end
      local file = text.of(form.recording)
      if file then call.recording = { url = file } end
    end
    return {
      {
        type = "call", direction = direction, thread = thread, event_id = id, raw_kind = kind,
        occurred_at = request.received_at, contact = telephony.contact(client), call = call,
      },
    }
  end,

  -- Shown on the ringing telephone.
  answer = function(request, found)
    return { body = found.name or found.company, headers = { ["Content-Type"] = "text/plain; charset=utf-8" } }
  end,
}
