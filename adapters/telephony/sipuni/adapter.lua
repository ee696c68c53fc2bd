-- Sipuni PBX events. doc.sipuni.com/articles/626-636-640, deadkash/SipuniBundle, xoptov/sipuni-bundle, read 2026-11-23.
-- The list of words of `status` is not confirmed: the outcome is told by call_answer_timestamp, the word is kept as cause.

return {
  name = "sipuni", kind = "telephony", title = "Sipuni",
  accepts = { methods = { "GET", "POST" }, body = "form", limit = "64KiB" },
  phones = { international_without_plus = true, anonymous = { "anonymous", "unknown" } },
  -- Nothing is signed: the token in the address is the secret.
  unsigned = { "all fields" },
  event_key = {
    "query.call_id", "query.event", "query.dst_num", "query.timestamp", "form.call_id", "form.event", "form.dst_num",
    "form.timestamp",
  },
  -- Without this answer sending may be suspended.
  reply = { body = '{"success": true}', type = "application/json" },

  map = function(request)
    local sent = next(request.form) and request.form or request.query
    local kind, thread = text.of(sent.event), text.of(sent.call_id)
    if not thread then return { ignored = "unsupported_kind" } end
    local from_staff, to_staff = text.of(sent.src_type) == "1", text.of(sent.dst_type) == "1"
    if text.of(sent.is_inner_call) == "1" or (from_staff and to_staff) then return { ignored = "internal" } end

    local inbound = not from_staff
    local source, target = text.of(sent.src_num), text.of(sent.dst_num)
    local client, employee = source, nil
    if not inbound then
      client, employee = target, text.of(sent.short_src_num, source)
    elseif to_staff then
      employee = text.of(sent.short_dst_num, target)
    end
    local call = { scope = "call", at_source = "receipt" }
    local event = {
      type = "call", direction = inbound and "inbound" or "outbound", thread = thread, raw_kind = kind,
      event_id = text.join(":", thread, kind, target, sent.timestamp), occurred_at = request.received_at,
      contact = telephony.contact(client), call = call,
    }
    local at = time.parse(sent.timestamp)
    if at then event.occurred_at, call.at_source = at, "provider" end
    if inbound and not to_staff then call.line = target end

    if kind == "1" then
      call.state, call.agents = "ringing", telephony.agents(employee)
    elseif kind == "3" then
      call.state, call.agents = "answered", telephony.agents(employee, true)
    elseif kind == "4" then
      -- Another employee's telephone stops ringing: the call goes on.
      call.state, call.scope, call.leg, call.agents = "ended", "leg", target, telephony.agents(employee)
    elseif kind == "2" then
      local answered, over, link = math.count(sent.call_answer_timestamp) or 0, math.count(sent.timestamp), text.of(sent.call_record_link)
      call.state, call.cause = "ended", text.of(sent.status)
      call.outcome = answered > 0 and "answered" or "missed"
      call.talk_s = answered > 0 and over and over >= answered and over - answered or 0
      call.agents = telephony.agents(employee, answered > 0)
      if link then call.recording = { url = link } end
    else
      return { ignored = "unsupported_kind" }
    end
    return { event }
  end,
}
