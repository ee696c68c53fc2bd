-- LINE Messaging API webhooks. line/line-openapi webhook.yml, line/line-bot-sdk-python and
-- developers.line.biz/en/docs/messaging-api/receiving-messages, read 2026-11-23.

local files = { image = true, video = true, audio = true, file = true, sticker = true }

-- A message or a pressed button of one person; nil for what brings neither.
local function read(event, account)
  local source, message = table.of(event.source), table.of(event.message)
  local user = text.of(source.userId)
  local is_talk = event.type == "message" or event.type == "postback"
  if not is_talk or source.type ~= "user" or not user or not text.of(event.webhookEventId) then return nil end
  local result = {
    type = "message", direction = "inbound", raw_kind = event.type, event_id = text.of(event.webhookEventId),
    thread = account .. ":" .. user, occurred_at = time.parse(event.timestamp),
    contact = { points = { { kind = "handle", value = "line:" .. account .. ":" .. user, verified = true } } },
    text = text.of(message.text) or text.of(table.of(event.postback).data),
  }
  if files[message.type] then
    result.attachments = { {
      kind = message.type, id = text.of(message.id), name = text.of(message.fileName),
      url = text.of(table.of(message.contentProvider).originalContentUrl),
    } }
  end
  if message.latitude and message.longitude then
    result.fields = { { name = "location", value = tostring(message.latitude) .. ", " .. tostring(message.longitude) } }
    result.text = result.text or text.of(message.title) or text.of(message.address)
  end
  return result
end

return {
  name = "line", kind = "messenger", title = "LINE",
  accepts = { methods = { "POST" }, body = "json", limit = "1MiB" },
  settings = { channel_secret = { secret = true, required = true } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.channel_secret}", from = "header.X-Line-Signature",
      encoding = "base64", string = "{body}",
    },
  },
  -- A batch has no id of its own: equal bytes have an equal signature. A redelivery differs by a flag; event_id tells it.
  event_key = { "header.X-Line-Signature" },
  reply = {},

  map = function(request)
    local body = table.of(request.json)
    local account = text.of(body.destination)
    if not account or type(body.events) ~= "table" then return { ignored = "unsupported_kind" } end
    if #body.events == 0 then return { ignored = "probe" } end
    local events, is_group = {}, false
    for _, event in ipairs(body.events) do
      events[#events + 1] = read(table.of(event), account)
      local kind = table.of(table.of(event).source).type
      if kind == "group" or kind == "room" then is_group = true end
    end
    if #events > 0 then return events end
    return { ignored = is_group and "not_a_contact" or "status_only" }
  end,
}
