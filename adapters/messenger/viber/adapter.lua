-- Viber bot callbacks. Viber/viber-bot-python and Viber/viber-bot-node (vendor SDKs), developers.viber.com/docs/faq, read
-- 2026-11-23.

local statuses = { subscribed = true, unsubscribed = true, delivered = true, seen = true, failed = true }

return {
  name = "viber", kind = "messenger", title = "Viber",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  settings = {
    -- The bot's authentication token, which signs.
    auth_token = { secret = true, required = true },
    -- Stands in the handle of a person, viber:<account>:<user id>; the channel's key if not given.
    account = {},
  },
  phones = { international_without_plus = true },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.auth_token}", from = "header.X-Viber-Content-Signature",
      encoding = "hex", string = "{body}",
    },
  },
  event_key = { "json.message_token", "json.event" },
  -- Empty for ever: a body in answer to conversation_started would be shown as a message.
  reply = {},

  map = function(request)
    local callback = table.of(request.json)
    local kind = text.of(callback.event)
    if kind == "webhook" then return { ignored = "probe" } end
    if statuses[kind] then return { ignored = "status_only" } end
    if kind ~= "message" and kind ~= "conversation_started" then return { ignored = "unsupported_kind" } end

    local person = table.of(kind == "message" and callback.sender or callback.user)
    if not text.of(person.id) or not text.of(callback.message_token) then return { ignored = "unsupported_kind" } end
    local account = request.settings.account or request.channel
    local event = {
      type = "message", direction = "inbound", raw_kind = kind, event_id = text.of(callback.message_token),
      thread = text.of(person.id), occurred_at = time.parse(callback.timestamp),
      contact = {
        name = text.of(person.name), locale = text.of(person.language),
        points = { { kind = "handle", value = "viber:" .. account .. ":" .. text.of(person.id), verified = true } },
      },
    }
    if kind == "conversation_started" then
      -- Opened the chat, and said nothing: only where a link led there is it somebody's step towards us.
      if not text.of(callback.context) then return { ignored = "status_only" } end
      event.attribution = { campaign = text.of(callback.context) }
      return { event }
    end

    local message = table.of(callback.message)
    event.text = text.of(message.text)
    if text.of(message.media) then
      event.attachments = { { kind = text.of(message.type), url = text.of(message.media), name = text.of(message.file_name) } }
    end
    local fields, card = {}, table.of(message.contact)
    -- May be a forwarded card of somebody else, so it is no point of the sender's.
    if text.of(card.phone_number) then
      local name = text.of(card.name)
      fields[1] = { name = "shared_contact", value = name and name .. ", " .. text.of(card.phone_number) or text.of(card.phone_number) }
      event.text = event.text or "Contact: " .. fields[1].value
    end
    local location = table.of(message.location)
    if location.lat and location.lon then
      fields[#fields + 1] = { name = "location", value = tostring(location.lat) .. ", " .. tostring(location.lon) }
    end
    if #fields > 0 then event.fields = fields end
    return { event }
  end,
}
