-- MegaFon VATS and the same "cmd" dialect. api.megapbx.ru crmapi/v1 as three receivers with tests read it
-- (brandup-online/megafon-ats, skytecs/MegafonPbxApiClient, mikopbx/ModuleMegafonPbx), read 2026-11-23.

local outcomes = {
  success = "answered", missed = "missed", cancel = "cancelled", busy = "busy", notavailable = "failed",
  notallowed = "failed", notfound = "failed",
}
local states = {
  INCOMING = "ringing", OUTGOING = "ringing", TRANSFERRED = "ringing", ACCEPTED = "answered", COMPLETED = "ended",
  CANCELLED = "ended",
}
local directions = { ["in"] = "inbound", out = "outbound" }

return {
  name = "megafon", kind = "telephony", title = "MegaFon VATS",
  accepts = { methods = { "POST" }, body = "form", limit = "64KiB" },
  settings = { crm_token = { secret = true, required = true } },
  phones = { international_without_plus = true, anonymous = { "anonymous", "unknown" } },
  verify = { { kind = "static", key = "{settings.crm_token}", from = "form.crm_token" } },
  unsigned = { "all fields; the token stands in the body" },
  event_key = {
    "form.callid", "form.cmd", "form.type", "form.user", "form.ext", "form.second_callid", "form.rating",
  },
  lookup = { when = { ["form.cmd"] = "contact" }, phone = "form.phone" },
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local form = request.form
    local command, thread = text.of(form.cmd), text.of(form.callid)
    -- A lookup is followed by its events; a mark is the client's opinion of a call that is known already.
    if command == "contact" or command == "rating" then return { ignored = "status_only" } end
    if not thread then return { ignored = "unsupported_kind" } end

    local kind = text.of(form.type)
    local employee = text.of(form.ext, form.user)
    local call = { scope = "call", at_source = "receipt", line = text.of(form.diversion) }
    local event = {
      type = "call", thread = thread, raw_kind = text.join(":", command, kind), occurred_at = request.received_at,
      event_id = text.join(":", thread, command, kind, form.user), contact = telephony.contact(form.phone),
      call = call,
    }

    if command == "history" then
      event.direction = directions[string.lower(kind or "")] or "unknown"
      call.state, call.cause = "summary", text.of(form.status)
      call.outcome = outcomes[string.lower(call.cause or "")] or "failed"
      call.talk_s = call.outcome == "answered" and math.count(form.duration) or 0
      call.agents = telephony.agents(employee, call.outcome == "answered")
      local started, link = time.parse(form.start), text.of(form.link)
      if started then event.occurred_at, call.at_source = started, "provider" end
      if link then call.recording = { url = link } end
    elseif command == "event" and states[kind] then
      event.direction = directions[text.of(form.direction)] or (kind == "OUTGOING" and "outbound") or "unknown"
      call.state = states[kind]
      call.agents = telephony.agents(employee, kind == "ACCEPTED" or nil)
      -- Each employee of a group that rings has events of his own: what ends for one has not ended for all.
      if call.state == "answered" or call.state == "ended" or employee then
        call.scope, call.leg = "leg", text.of(form.user)
      end
    else
      return { ignored = "unsupported_kind" }
    end
    return { event }
  end,

  -- `responsible` sends the call to that employee.
  answer = function(request, found)
    return { json = { contact_name = found.name or found.company, responsible = found.owner_extension } }
  end,
}
