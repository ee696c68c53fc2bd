-- MAX Bot API webhooks. max-messenger/max-bot-api-client-go (schema.yaml, bot.go, stubs) and
-- dev.max.ru/docs-api/methods/POST/subscriptions, read 2026-11-23.

-- Updates that say something about a dialogue but bring no message.
local status_kinds = {
  message_removed = true, bot_stopped = true, dialog_cleared = true, dialog_muted = true, dialog_unmuted = true,
  dialog_removed = true,
}
local group_kinds = {
  bot_added = true, bot_removed = true, user_added = true, user_removed = true, chat_title_changed = true,
}

local function new_event(request, person, chat)
  local account = request.settings.account or request.channel
  local name = text.of(text.join(" ", person.first_name, person.last_name), person.name)
  local event = {
    type = "message", direction = "inbound", raw_kind = request.json.update_type, thread = text.of(chat),
    occurred_at = time.parse(text.of(request.json.timestamp) or ""),
    contact = {
      name = name, locale = text.of(request.json.user_locale),
      points = { { kind = "handle", value = "max:" .. account .. ":" .. text.of(person.user_id), verified = true } },
    },
  }
  if text.of(person.username) then event.fields = { { name = "max", value = "@" .. text.of(person.username) } } end
  return event
end

local function add_field(event, name, value)
  if not value then return end
  event.fields = event.fields or {}
  event.fields[#event.fields + 1] = { name = name, value = value }
end

-- The first value of a vCard's property, which may have parameters: `TEL;TYPE=cell:+7...`.
local function card_value(card, property)
  for _, line in ipairs(text.split(card, "\n")) do
    local colon = text.find(line, ":")
    local head = colon and text.split(string.sub(line, 1, colon - 1), ";")[1]
    if head and text.lower(text.trim(head)) == property then return text.of(string.sub(line, colon + 1)) end
  end
end

-- A card with the sender's own id is his; any other is somebody else's. Neither is proven, since the check of the
-- card's hash is not published.
local function add_card(event, payload, sender)
  local card = type(payload.vcf_info) == "string" and payload.vcf_info or ""
  local phone, email = card_value(card, "tel"), card_value(card, "email")
  local owner = table.of(payload.max_info)
  if text.of(owner.user_id) and text.of(owner.user_id) == text.of(sender.user_id) then
    local points = event.contact.points
    if phone then points[#points + 1] = { kind = "phone", value = phone } end
    if email then points[#points + 1] = { kind = "email", value = email } end
    return
  end
  local parts = {}
  parts[1] = card_value(card, "fn") or text.of(owner.name)
  parts[#parts + 1] = phone
  parts[#parts + 1] = email
  if #parts == 0 then return end
  add_field(event, "shared_contact", table.concat(parts, ", "))
  event.text = event.text or "Contact: " .. table.concat(parts, ", ")
end

local function map_message(request, message, is_edited)
  local body, sender, recipient = table.of(message.body), table.of(message.sender), table.of(message.recipient)
  if not text.of(body.mid) or not text.of(sender.user_id) or not text.of(recipient.chat_id) then
    return { ignored = "unsupported_kind" }
  end
  if recipient.chat_type ~= "dialog" then return { ignored = "not_a_contact" } end
  if sender.is_bot then return { ignored = "automatic" } end

  local event = new_event(request, sender, recipient.chat_id)
  event.event_id, event.text = text.of(body.mid), text.of(body.text)
  if is_edited then
    event.event_id = event.event_id .. ":" .. (text.of(request.json.timestamp) or "edited")
    add_field(event, "edited", "true")
  end
  for _, entry in ipairs(table.of(body.attachments)) do
    local kind, payload = text.of(table.of(entry).type), table.of(table.of(entry).payload)
    if kind == "contact" then
      add_card(event, payload, sender)
    elseif kind and kind ~= "inline_keyboard" then
      event.attachments = event.attachments or {}
      event.attachments[#event.attachments + 1] = { kind = kind }
    end
  end
  add_field(event, "link", text.of(table.of(message.link).type))
  return { event }
end

local function map_button(request, update)
  local callback, recipient = table.of(update.callback), table.of(table.of(update.message).recipient)
  local person = table.of(callback.user)
  if recipient.chat_type == "chat" then return { ignored = "not_a_contact" } end
  if not text.of(callback.callback_id) or not text.of(person.user_id) then return { ignored = "unsupported_kind" } end
  local event = new_event(request, person, recipient.chat_id)
  event.event_id, event.text = "button:" .. text.of(callback.callback_id), text.of(callback.payload)
  return { event }
end

local function map_start(request, update)
  local person = table.of(update.user)
  if not text.of(person.user_id) or not text.of(update.chat_id) then return { ignored = "unsupported_kind" } end
  -- Opened the dialogue, and said nothing: only where a link led there is it somebody's step towards us.
  if not text.of(update.payload) then return { ignored = "status_only" } end
  local event = new_event(request, person, update.chat_id)
  event.event_id = text.join(":", "start", update.chat_id, person.user_id, update.timestamp)
  event.attribution = { campaign = text.of(update.payload) }
  return { event }
end

return {
  name = "max", kind = "messenger", title = "MAX",
  unproven = "no delivery to a running bot has been seen; the check of a contact card's hash is not published",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  settings = {
    -- The secret given to POST /subscriptions.
    secret = { secret = true, required = true },
    -- Stands in the handle of a person, max:<account>:<user id>; the channel's key if not given.
    account = {},
  },
  phones = { international_without_plus = true },
  verify = { { kind = "static", from = "header.X-Max-Bot-Api-Secret", key = "{settings.secret}" } },
  unsigned = { "body" },
  event_key = {
    "json.update_type", "json.message.body.mid", "json.callback.callback_id", "json.chat_id", "json.user.user_id",
    "json.timestamp",
  },
  -- Exactly 200: any other status counts as a failure.
  reply = {},

  map = function(request)
    local update = table.of(request.json)
    local kind = text.of(update.update_type)
    if kind == "message_created" then return map_message(request, table.of(update.message), false) end
    if kind == "message_edited" then return map_message(request, table.of(update.message), true) end
    if kind == "message_callback" then return map_button(request, update) end
    if kind == "bot_started" then return map_start(request, update) end
    if group_kinds[kind] then return { ignored = "not_a_contact" } end
    return { ignored = status_kinds[kind] and "status_only" or "unsupported_kind" }
  end,
}
