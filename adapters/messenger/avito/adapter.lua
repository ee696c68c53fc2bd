-- Avito Messenger webhooks, version 3. developers.avito.ru/api-catalog/messenger (postWebhookV3, as mirrored in
-- generated SDKs) and payloads in public integrations, read 2026-11-23.

local function attachment_of(kind, content)
  if kind == "image" then return { kind = kind, sizes = table.of(table.of(content.image).sizes) } end
  if kind == "voice" then return { kind = kind, id = text.of(table.of(content.voice).voice_id) } end
  return { kind = kind }
end

return {
  name = "avito", kind = "messenger", title = "Avito",
  unproven = "the vendor's signature is not published, so only the token in the address is checked",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  unsigned = { "body" },
  event_key = { "json.payload.value.id" },
  reply = {},

  map = function(request)
    local body = table.of(request.json)
    if next(body) == nil then return { ignored = "probe" } end
    local payload = table.of(body.payload)
    local message = table.of(payload.value)
    local account, author = text.of(message.user_id), text.of(message.author_id)
    local chat, kind = text.of(message.chat_id), text.of(message.type)
    if payload.type ~= "message" or not text.of(message.id) or not account or not chat then
      return { ignored = "unsupported_kind" }
    end
    if kind == "system" or not author or author == "0" then return { ignored = "automatic" } end
    if author == account then return { ignored = "own" } end

    local content, fields = table.of(message.content), {}
    if text.of(message.item_id) then fields[1] = { name = "item", value = text.of(message.item_id) } end
    return { {
      type = "message", direction = "inbound", raw_kind = kind, event_id = text.of(message.id), thread = chat,
      occurred_at = time.parse(text.of(message.created) or ""), text = text.of(content.text),
      contact = { points = { { kind = "handle", value = "avito:" .. account .. ":" .. author, verified = true } } },
      fields = #fields > 0 and fields or nil,
      attachments = kind and kind ~= "text" and { attachment_of(kind, content) } or nil,
    } }
  end,
}
