-- WhatsApp Cloud API webhooks. developers.facebook.com/documentation/business-messaging/whatsapp (28 May 2026) and
-- david-lev/pywa (tests, server), read 2026-11-23.

local media = { image = true, video = true, audio = true, document = true, sticker = true }

-- The person of a message: by the number, or the only one there is where the number is withheld.
local function profile_of(message, contacts)
  for _, contact in ipairs(contacts) do
    local person = table.of(contact)
    if text.of(person.wa_id) and text.of(person.wa_id) == text.of(message.from) then return person end
  end
  return #contacts == 1 and table.of(contacts[1]) or {}
end

local function text_of(message)
  local kind = table.of(message[text.of(message.type) or ""])
  local interactive = table.of(message.interactive)
  return text.of(table.of(message.text).body) or text.of(kind.caption) or text.of(table.of(message.button).text)
    or text.of(table.of(interactive.button_reply).title) or text.of(table.of(interactive.list_reply).title)
    or text.of(table.of(interactive.nfm_reply).response_json)
end

local function fields_of(message)
  local fields = {}
  local function add(name, value)
    if value then fields[#fields + 1] = { name = name, value = value } end
  end
  -- Somebody's card; the sender's own number is known already.
  for _, card in ipairs(table.of(message.contacts)) do
    local parts = { text.of(table.of(table.of(card).name).formatted_name) }
    for _, phone in ipairs(table.of(table.of(card).phones)) do parts[#parts + 1] = text.of(table.of(phone).phone) end
    if #parts > 0 then add("shared_contact", table.concat(parts, ", ")) end
  end
  local location = table.of(message.location)
  if location.latitude and location.longitude then
    add("location", tostring(location.latitude) .. ", " .. tostring(location.longitude))
  end
  add("reply_to", text.of(table.of(message.context).id))
  if #fields > 0 then return fields end
end

local function attribution_of(referral)
  local found = {
    page = text.of(referral.source_url), source_id = text.of(referral.source_id), campaign = text.of(referral.headline),
    ctwa_clid = text.of(referral.ctwa_clid),
  }
  if next(found) then return found end
end

local function read(message, value)
  local kind = text.of(message.type)
  if not text.of(message.id) or kind == "reaction" or kind == "system" then return nil end
  local person = profile_of(message, table.of(value.contacts))
  local account = text.of(table.of(value.metadata).phone_number_id)
  local phone = text.of(person.wa_id) or text.of(message.from)
  local user = text.of(person.user_id) or phone
  if not account or not user then return nil end

  local points = { { kind = "handle", value = "whatsapp:" .. account .. ":" .. user, verified = true } }
  if phone then points[2] = { kind = "phone", value = phone, verified = true } end
  local file, attachments = table.of(message[kind or ""]), nil
  if media[kind] and text.of(file.id) then
    attachments = { { kind = kind, id = text.of(file.id), type = text.of(file.mime_type) } }
  end
  return {
    type = "message", direction = "inbound", raw_kind = kind, event_id = text.of(message.id), thread = account .. ":" .. user,
    occurred_at = time.parse(text.of(message.timestamp) or ""),
    contact = { name = text.of(table.of(person.profile).name), points = points },
    text = text_of(message), fields = fields_of(message), attachments = attachments,
    attribution = attribution_of(table.of(message.referral)),
  }
end

return {
  name = "whatsapp", kind = "messenger", title = "WhatsApp Cloud API",
  -- Meta batches; a request may hold 3 MB.
  accepts = { methods = { "GET", "POST" }, body = "json", limit = "4MiB" },
  settings = {
    -- The app secret of the Meta app.
    app_secret = { secret = true, required = true },
    -- The word typed into the app's webhook settings.
    verify_token = { secret = true, required = true },
  },
  handshake = {
    {
      method = "GET", query = { ["hub.mode"] = "subscribe" },
      verify = { kind = "static", from = "query.hub.verify_token", key = "{settings.verify_token}" },
      reply = { text = "{query.hub.challenge}" },
    },
  },
  -- wa_id is an international number without its plus.
  phones = { international_without_plus = true },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.app_secret}", from = "header.X-Hub-Signature-256",
      prefix = "sha256=", encoding = "hex", string = "{body}",
    },
  },
  -- A batch has no id of its own: equal bytes have an equal signature. The messages in it are told apart by event_id.
  event_key = { "header.X-Hub-Signature-256" },
  reply = {},

  map = function(request)
    local events, seen = {}, false
    for _, entry in ipairs(table.of(table.of(request.json).entry)) do
      for _, change in ipairs(table.of(table.of(entry).changes)) do
        seen = true
        local value = table.of(table.of(change).value)
        if table.of(change).field == "messages" then
          for _, message in ipairs(table.of(value.messages)) do events[#events + 1] = read(table.of(message), value) end
        end
      end
    end
    if #events > 0 then return events end
    return { ignored = seen and "status_only" or "unsupported_kind" }
  end,
}
