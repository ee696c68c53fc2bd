-- Jivo Webhooks API: chats, offline forms, callbacks. www.jivo.ru/docs/webhooks, read 2026-11-23.

local chat_kinds = { chat_accepted = true, chat_updated = true, chat_finished = true, client_updated = true }
local directions = { incoming = "inbound", outgoing = "outbound" }
local states = { start = "ringing", ["end"] = "ended", error = "ended" }
-- Who picks up last makes the talk.
local answers = { incoming = "agent_connected", outgoing = "client_connected" }

local function contact_of(body)
  local visitor, points = table.of(body.visitor), {}
  local widget, number = text.of(body.widget_id), text.of(visitor.number)
  if widget and number then points[1] = { kind = "handle", value = "jivo:" .. widget .. ":" .. number } end
  if text.of(visitor.phone) then points[#points + 1] = { kind = "phone", value = text.of(visitor.phone) } end
  if text.of(visitor.email) then points[#points + 1] = { kind = "email", value = text.of(visitor.email) } end
  return { name = text.of(visitor.name), points = points }
end

local function fields_of(body)
  local fields = {}
  local function add(name, value)
    if text.of(value) then fields[#fields + 1] = { name = name, value = text.of(value) } end
  end
  add("description", table.of(body.visitor).description)
  add("user_token", body.user_token)
  add("department", table.of(body.department).name)
  add("topic", table.of(body.topic).title)
  for _, tag in ipairs(table.of(body.tags)) do add("tag", table.of(tag).title) end
  if #fields > 0 then return fields end
end

-- The marks stand in `utm_json`, and once more as `source=google|medium=cpc`.
local function attribution_of(body)
  local page, session = table.of(body.page), table.of(body.session)
  local said, marks = { page_url = text.of(page.url), page_title = text.of(page.title) }, table.of(session.utm_json)
  for _, name in ipairs({ "source", "medium", "campaign", "content", "term" }) do
    said["utm_" .. name] = text.of(marks[name])
  end
  said.utm = text.of(session.utm)
  return form.contact(said).attribution
end

-- What the visitor wrote; the agent's lines are not the visitor's words.
local function words_of(chat)
  local lines = {}
  for _, entry in ipairs(table.of(chat.messages)) do
    local message = table.of(entry)
    if message.type == "visitor" then lines[#lines + 1] = text.of(message.message) end
  end
  if #lines > 0 then return table.concat(lines, "\n") end
end

local function map_call(body, event)
  local call = table.of(body.call)
  local kind, status, phone = text.of(call.type), text.of(call.status), text.of(call.phone)
  if phone then table.insert(event.contact.points, 1, { kind = "phone", value = phone }) end
  if kind == "callback" then
    -- How it ended is told by the calls that follow.
    if status ~= "start" then return { ignored = "status_only" } end
    event.type, event.event_id = "callback_request", text.join(":", "callback", body.widget_id, body.chat_id)
    if not phone then return { ignored = "not_a_contact" } end
    return { event }
  end
  local state = status and status == answers[kind] and "answered" or states[status]
  if not directions[kind] or not text.of(body.chat_id) then return { ignored = "unsupported_kind" } end
  if not state then return { ignored = "status_only" } end
  event.type, event.direction = "call", directions[kind]
  event.thread = text.join(":", "call", body.widget_id, body.chat_id)
  event.event_id = event.thread .. ":" .. status
  event.contact = telephony.contact(phone, event.contact.name)
  event.call = {
    scope = "call", state = state, at_source = "receipt", cause = text.of(call.reason),
    outcome = status == "error" and "failed" or nil,
    recording = text.of(call.record_url) and { url = text.of(call.record_url) } or nil,
  }
  return { event }
end

return {
  name = "jivo", kind = "messenger", title = "Jivo",
  unproven = "no delivery has been seen; the vendor documents no signature, and the states of a call "
    .. "are read from their names",
  accepts = { methods = { "POST" }, body = "json", limit = "1MiB" },
  unsigned = { "body" },
  -- No delivery has an id, and a chat is updated several times, so the whole request counts as the key.
  repeat_window = 600,
  -- Any other result is taken for an error.
  reply = { body = '{"result":"ok"}', type = "application/json" },

  map = function(request)
    local body = table.of(request.json)
    local kind = text.of(body.event_name)
    -- The CRM's own events are another family.
    if not kind or body.event_type then return { ignored = "unsupported_kind" } end
    local event = {
      type = "message", direction = "inbound", raw_kind = kind, contact = contact_of(body), fields = fields_of(body),
      attribution = attribution_of(body), occurred_at = request.received_at,
      thread = text.of(table.of(body.visitor).number)
        and text.join(":", body.widget_id, table.of(body.visitor).number) or nil,
    }
    if kind == "call_event" then return map_call(body, event) end
    if kind == "offline_message" then
      event.type, event.text = "submission", text.of(body.message)
      event.event_id = text.of(body.offline_message_id) and "offline:" .. text.of(body.offline_message_id)
      if #event.contact.points == 0 then return { ignored = "not_a_contact" } end
      return { event }
    end
    if not chat_kinds[kind] then
      return { ignored = kind == "client_attribute_updated" and "status_only" or "unsupported_kind" }
    end
    if #event.contact.points == 0 then return { ignored = "not_a_contact" } end
    local is_update = kind == "chat_updated" or kind == "client_updated"
    -- An update counts for the number or the e-mail it may bring.
    if is_update and #event.contact.points < 2 then return { ignored = "status_only" } end
    if not is_update and text.of(body.chat_id) then
      event.event_id = text.join(":", kind, body.widget_id, body.chat_id)
    end
    event.text = words_of(table.of(body.chat))
    return { event }
  end,
}
