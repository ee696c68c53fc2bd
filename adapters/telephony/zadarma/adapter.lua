-- Zadarma PBX notifications (also Novofon v1 and white labels). zadarma.com/en/support/api and the vendor's PHP and Python
-- SDKs (zadarma/user-api-v1, zadarma/user-api-py-v1), read 2026-11-23.

-- What a call came to, by Zadarma's own word. The rest (no money, unallocated number, limits) means it could not be put through.
local outcomes = { ["answered"] = "answered", ["busy"] = "busy", ["cancel"] = "cancelled", ["no answer"] = "missed" }

-- Both ends short: staff calling each other.
local function is_extension(number)
  return number and #number <= 5 and text.digits(number) == number
end

return {
  name = "zadarma", kind = "telephony", title = "Zadarma",
  accepts = { methods = { "GET", "POST" }, body = "form", limit = "64KiB" },
  settings = {
    secret = { secret = true, required = true },
    -- Zone of call_start, as set in the account.
    timezone = { default = "UTC" },
  },
  handshake = { { method = "GET", query = "zd_echo", reply = { text = "{query.zd_echo}" } } },
  phones = { international_without_plus = true, anonymous = { "anonymous", "unknown" } },
  verify = {
    {
      kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.Signature", encoding = "base64(hex)",
      string = {
        switch = "form.event",
        cases = {
          NOTIFY_ANSWER = "{form.caller_id}{form.destination}{form.call_start}",
          NOTIFY_OUT_START = "{form.internal}{form.destination}{form.call_start}",
          NOTIFY_OUT_END = "{form.internal}{form.destination}{form.call_start}",
          NOTIFY_RECORD = "{form.pbx_call_id}{form.call_id_with_rec}",
        },
        default = "{form.caller_id}{form.called_did}{form.call_start}",
      },
    },
  },
  unsigned = { "event", "duration", "disposition", "status_code", "is_recorded", "wait_dtmf", "ivr_saydigits" },
  event_key = {
    "form.pbx_call_id", "form.event", "form.internal", "form.call_id_with_rec", "form.wait_dtmf",
    "form.wait_dtmf[name]", "form.wait_dtmf[digits]", "form.wait_dtmf[default_behaviour]", "form.ivr_saydigits",
    "form.ivr_saynumber",
  },
  lookup = { when = { ["form.event"] = "NOTIFY_START" }, phone = "form.caller_id" },
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local form = request.form
    local kind, thread = text.of(form.event), text.of(form.pbx_call_id)
    if not thread then return { ignored = "unsupported_kind" } end

    local extension, recording = text.of(form.internal), text.of(form.call_id_with_rec)
    local caller, destination = text.of(form.caller_id), text.of(form.destination)
    local started = time.parse(form.call_start, request.settings.timezone)

    -- The same parts as the event key, so that a second menu step or recording is an event of its own.
    local id = { text.join(":", thread, kind, extension, recording) }
    for _, name in ipairs({ "wait_dtmf", "wait_dtmf[name]", "wait_dtmf[digits]", "wait_dtmf[default_behaviour]",
      "ivr_saydigits", "ivr_saynumber" }) do
      local value = text.of(form[name])
      if value then id[#id + 1] = name .. "=" .. value end
    end

    local call = { scope = "call", at_source = "receipt" }
    local event = {
      type = "call", direction = "inbound", thread = thread, event_id = table.concat(id, ":"), raw_kind = kind,
      occurred_at = request.received_at, contact = {}, call = call,
    }

    if kind == "NOTIFY_START" or kind == "NOTIFY_IVR" then
      event.contact = telephony.contact(caller)
      call.state, call.line = "ringing", text.of(form.called_did)
      if kind == "NOTIFY_START" and started then
        event.occurred_at, call.at_source = started, "provider"
      end
      local digits = text.of(form["wait_dtmf[digits]"])
      if digits then event.fields = { { name = "ivr_digits", value = digits } } end
    elseif kind == "NOTIFY_INTERNAL" then
      -- Not an internal call: an inbound one that now rings an extension.
      event.contact = telephony.contact(caller)
      call.state, call.line = "ringing", text.of(form.called_did)
      if extension then call.scope, call.leg = "leg", extension end
      call.agents = telephony.agents(extension, false)
    elseif kind == "NOTIFY_ANSWER" then
      -- Says neither the direction nor, with it, which end is the client: the call's other events do.
      event.direction = "unknown"
      call.state, call.agents = "answered", telephony.agents(extension, true)
      if extension then call.scope, call.leg = "leg", extension end
    elseif kind == "NOTIFY_END" or kind == "NOTIFY_OUT_END" then
      local disposition = string.lower(text.of(form.disposition) or "")
      call.state, call.cause = "ended", text.of(disposition)
      call.outcome = outcomes[disposition] or "failed"
      call.talk_s = call.outcome == "answered" and math.count(form.duration) or 0
      call.agents = telephony.agents(extension, call.outcome == "answered")
      if kind == "NOTIFY_END" then
        event.contact, call.line = telephony.contact(caller), text.of(form.called_did)
      else
        event.direction, event.contact = "outbound", telephony.contact(destination)
        call.line = caller
      end
    elseif kind == "NOTIFY_OUT_START" then
      event.direction, event.contact = "outbound", telephony.contact(destination)
      call.state, call.agents = "ringing", telephony.agents(extension, nil)
      if started then event.occurred_at, call.at_source = started, "provider" end
    elseif kind == "NOTIFY_RECORD" then
      if not recording then return { ignored = "status_only" } end
      event.direction, call.state = "unknown", "recording"
      -- There is no link: the file is asked for by its id, some 40 seconds later.
      call.recording = { id = recording, needs_fetch = true }
    else
      return { ignored = "unsupported_kind" }
    end

    if event.direction == "outbound" and is_extension(destination) then return { ignored = "internal" } end
    return { event }
  end,

  -- Shown on the ringing phone in place of the number.
  answer = function(request, found)
    return { json = { caller_name = found.name or found.company } }
  end,
}
