-- Telegram Bot API webhooks. core.telegram.org/bots/api (Bot API 10.1 of 11 June 2026) and tdlib/telegram-bot-api, read
-- 2026-11-23.

-- Updates that say something about a chat but bring no message.
local status_kinds = {
  my_chat_member = true, chat_member = true, message_reaction = true, message_reaction_count = true,
  business_connection = true, deleted_business_messages = true, chat_boost = true, removed_chat_boost = true,
}

local function full_name(person)
  local first, last = text.of(person.first_name), text.of(person.last_name)
  if first and last then return first .. " " .. last end
  return first or last
end

-- What is attached, with the id that its bytes can be asked for by.
local function attachments(message)
  local list
  local function add(kind, file)
    if not text.of(table.of(file).file_id) then return end
    list = list or {}
    list[#list + 1] = {
      kind = kind, id = text.of(file.file_id), unique_id = text.of(file.file_unique_id), name = text.of(file.file_name),
      type = text.of(file.mime_type), size = math.type(file.file_size) == "integer" and file.file_size or nil,
    }
  end
  local photos = table.of(message.photo)
  add("photo", photos[#photos])
  for _, kind in ipairs({ "document", "voice", "audio", "video", "video_note", "animation", "sticker" }) do
    -- An animation is sent as a document too.
    if not (kind == "document" and message.animation) then add(kind, message[kind]) end
  end
  return list
end

local function is_bot_chat(chat)
  return chat.type == "private" and text.of(chat.id) ~= nil
end

local function new_event(request, person, chat, direction, kind)
  local account = request.settings.account or request.channel
  local event = {
    type = "message", direction = direction, raw_kind = kind, thread = text.of(chat.id),
    contact = {
      name = full_name(person), locale = text.of(person.language_code),
      points = { { kind = "handle", value = "telegram:" .. account .. ":" .. text.of(person.id), verified = true } },
    },
  }
  if text.of(person.username) then event.fields = { { name = "telegram", value = "@" .. text.of(person.username) } } end
  return event
end

local function add_field(event, name, value)
  if not value then return end
  event.fields = event.fields or {}
  event.fields[#event.fields + 1] = { name = name, value = value }
end

-- A shared contact is the sender's own number only if it names the sender; else it is somebody's card.
local function add_shared_contact(event, contact, from, direction)
  local phone, owner = text.of(contact.phone_number), text.of(contact.user_id)
  if not phone then return end
  if direction == "inbound" and owner and owner == text.of(from.id) then
    event.contact.points[#event.contact.points + 1] = { kind = "phone", value = phone, verified = true }
    return
  end
  local name = full_name(contact)
  add_field(event, "shared_contact", name and name .. ", " .. phone or phone)
  event.text = event.text or ("Contact: " .. (name and name .. ", " .. phone or phone))
end

local function map_message(request, kind, message)
  local from, chat = table.of(message.from), table.of(message.chat)
  if not is_bot_chat(chat) then return { ignored = "not_a_contact" } end
  if from.is_bot or message.sender_business_bot then return { ignored = "automatic" } end
  if not text.of(from.id) or not text.of(message.message_id) then return { ignored = "unsupported_kind" } end

  -- A private chat has the id of the client. In a business chat whoever else writes is the business itself.
  local is_business = kind == "business_message" or kind == "edited_business_message"
  local is_ours = is_business
    and (text.of(from.id) == request.settings.business_user_id or text.of(from.id) ~= text.of(chat.id))
  local direction = is_ours and "outbound" or "inbound"
  local event = new_event(request, is_ours and chat or from, chat, direction, kind)

  local place = event.thread
  if is_business and text.of(message.business_connection_id) then
    place = text.of(message.business_connection_id) .. ":" .. place
    event.thread = place
  end
  event.event_id = place .. ":" .. text.of(message.message_id)
  event.occurred_at = time.parse(message.date)
  if kind == "edited_message" or kind == "edited_business_message" then
    event.event_id = event.event_id .. ":" .. (text.of(message.edit_date) or text.of(request.json.update_id) or "edited")
    event.occurred_at = time.parse(message.edit_date) or event.occurred_at
    add_field(event, "edited", "true")
  end

  event.text = text.of(message.text) or text.of(message.caption)
  if event.text and (event.text == "/start" or string.sub(event.text, 1, 7) == "/start ") then
    -- A deep link t.me/<bot>?start=<payload>: where the client comes from.
    local payload = text.trim(string.sub(event.text, 8))
    if payload ~= "" then event.attribution = { campaign = payload } end
  end
  event.attachments = attachments(message)
  add_shared_contact(event, table.of(message.contact), from, direction)

  local location = table.of(message.location)
  if location.latitude and location.longitude then
    add_field(event, "location", tostring(location.latitude) .. ", " .. tostring(location.longitude))
  end
  add_field(event, "web_app_data", text.of(table.of(message.web_app_data).data))
  add_field(event, "album", text.of(message.media_group_id))

  local is_empty = not event.text and not event.attachments and not message.contact and not message.location
    and not message.web_app_data
  if is_empty then return { ignored = "status_only" } end
  return { event }
end

local function map_button(request, query)
  local from, chat = table.of(query.from), table.of(table.of(query.message).chat)
  if chat.type and chat.type ~= "private" then return { ignored = "not_a_contact" } end
  if from.is_bot then return { ignored = "automatic" } end
  if not text.of(from.id) or not text.of(query.id) then return { ignored = "unsupported_kind" } end
  local event = new_event(request, from, { id = chat.id or from.id }, "inbound", "callback_query")
  event.event_id = "button:" .. text.of(query.id)
  event.text = text.of(query.data)
  return { event }
end

return {
  name = "telegram", kind = "messenger", title = "Telegram",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  settings = {
    -- The secret_token given to setWebhook.
    secret_token = { secret = true, required = true },
    -- Stands in the handle of a person, telegram:<account>:<user id>; the channel's key if not given.
    account = {},
    -- The owner's user id where the bot is connected to a business account.
    business_user_id = {},
  },
  -- Numbers come with or without a plus.
  phones = { international_without_plus = true },
  verify = {
    { kind = "static", from = "header.X-Telegram-Bot-Api-Secret-Token", key = "{settings.secret_token}" },
  },
  unsigned = { "body" },
  event_key = { "json.update_id" },
  -- Empty for ever: Telegram carries out a reply that names a method.
  reply = {},

  map = function(request)
    local update = table.of(request.json)
    for _, kind in ipairs({ "message", "edited_message", "business_message", "edited_business_message" }) do
      if type(update[kind]) == "table" then return map_message(request, kind, update[kind]) end
    end
    if type(update.callback_query) == "table" then return map_button(request, update.callback_query) end
    if update.channel_post or update.edited_channel_post then return { ignored = "not_a_contact" } end
    for kind in pairs(update) do
      if status_kinds[kind] then return { ignored = "status_only" } end
    end
    return { ignored = "unsupported_kind" }
  end,
}
