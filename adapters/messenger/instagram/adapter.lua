-- Instagram webhooks: direct messages and comments.
-- developers.facebook.com/documentation/instagram-platform/webhooks (24 Nov 2025) and
-- .../docs/messenger-platform/instagram/features/story-mention, read 2026-11-23.

local comment_fields = { comments = true, live_comments = true }

local function handle(account, person)
  return { kind = "handle", value = "instagram:" .. account .. ":" .. person, verified = true }
end

local function add_field(event, name, value)
  if not value then return end
  event.fields = event.fields or {}
  event.fields[#event.fields + 1] = { name = name, value = value }
end

local function attribution_of(referral)
  local ad = table.of(referral.ads_context_data)
  local found = {
    ref = text.of(referral.ref), source = text.of(referral.source), source_id = text.of(referral.ad_id),
    campaign = text.of(ad.ad_title),
  }
  if next(found) then return found end
end

-- An event for a message, a pressed button or a referral; else nil, and true for what the account itself wrote.
local function read_message(item, account)
  local message, postback = item.message, item.postback
  if table.of(message).is_echo then return nil, true end
  local person = text.of(table.of(item.sender).id)
  local is_said = type(message) == "table" or type(postback) == "table" or type(item.referral) == "table"
  if not person or not is_said or table.of(message).is_deleted then return nil end
  local event = {
    type = "message", direction = "inbound", thread = account .. ":" .. person,
    occurred_at = time.parse(text.of(item.timestamp) or ""), contact = { points = { handle(account, person) } },
  }
  if type(message) == "table" then
    if not text.of(message.mid) then return nil end
    event.raw_kind, event.event_id, event.text = "message", text.of(message.mid), text.of(message.text)
    for _, entry in ipairs(table.of(message.attachments)) do
      local attachment = table.of(entry)
      local kind = text.of(attachment.type)
      event.attachments = event.attachments or {}
      event.attachments[#event.attachments + 1] = {
        -- A story may not be kept, not even by its address.
        kind = kind, url = kind ~= "story_mention" and text.of(table.of(attachment.payload).url) or nil,
      }
    end
    if table.of(message.reply_to).story then add_field(event, "reply_to", "story") end
    event.attribution = attribution_of(table.of(message.referral))
  elseif type(postback) == "table" then
    event.raw_kind, event.event_id, event.text = "postback", text.of(postback.mid), text.of(postback.title)
    add_field(event, "payload", text.of(postback.payload))
    event.attribution = attribution_of(table.of(postback.referral))
  else
    event.raw_kind, event.attribution = "referral", attribution_of(table.of(item.referral))
    event.event_id = text.join(":", "referral", account, person, item.timestamp)
  end
  return event
end

local function read_comment(change, account, at)
  local value = table.of(change.value)
  local from, media = table.of(value.from), table.of(value.media)
  local person, id = text.of(from.id), text.of(value.id)
  if not comment_fields[change.field] or not person or not id then return nil end
  if person == account then return nil, true end
  local event = {
    type = "message", direction = "inbound", raw_kind = change.field, event_id = "comment:" .. id,
    thread = account .. ":" .. person, occurred_at = time.parse(text.of(at) or ""), text = text.of(value.text),
    contact = { points = { handle(account, person) } },
  }
  add_field(event, "instagram", text.of(from.username) and "@" .. text.of(from.username))
  add_field(event, "media", text.of(media.id))
  if text.of(media.ad_id) or text.of(media.ad_title) then
    event.attribution = { source_id = text.of(media.ad_id), campaign = text.of(media.ad_title) }
  end
  return event
end

return {
  name = "instagram", kind = "messenger", title = "Instagram",
  unproven = "no delivery to a running account has been seen, nor whether a comment names the same person as a message",
  accepts = { methods = { "GET", "POST" }, body = "json", limit = "1MiB" },
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
    local body = table.of(request.json)
    -- One of the vendor's examples has the whole in a list.
    if type(body[1]) == "table" then body = body[1] end
    if body.object ~= "instagram" then return { ignored = "unsupported_kind" } end
    local events, seen, own = {}, false, false
    local function take(event, is_ours)
      seen, own = true, own or is_ours
      events[#events + 1] = event
    end
    for _, element in ipairs(table.of(body.entry)) do
      local entry = table.of(element)
      local account = text.of(entry.id)
      if account then
        for _, item in ipairs(table.of(entry.messaging)) do take(read_message(table.of(item), account)) end
        for _, change in ipairs(table.of(entry.changes)) do
          take(read_comment(table.of(change), account, entry.time))
        end
        -- Some apps get a comment without the list of changes around it.
        if entry.field then take(read_comment(entry, account, entry.time)) end
      end
    end
    if #events > 0 then return events end
    return { ignored = own and "own" or seen and "status_only" or "unsupported_kind" }
  end,
}
