-- Facebook Messenger webhooks. developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks
-- (messages, messaging_postbacks, messaging_referrals, standby, message-echoes; 27 Mar 2026), read 2026-11-23.

-- A link's or an ad's referral.
local function attribution_of(referral)
  local ad = table.of(referral.ads_context_data)
  local found = {
    ref = text.of(referral.ref), source = text.of(referral.source), source_id = text.of(referral.ad_id),
    campaign = text.of(ad.ad_title), post_id = text.of(ad.post_id), product_id = text.of(ad.product_id),
  }
  if next(found) then return found end
end

local function attachments_of(message)
  local list
  for _, entry in ipairs(table.of(message.attachments)) do
    local attachment = table.of(entry)
    list = list or {}
    list[#list + 1] = { kind = text.of(attachment.type), url = text.of(table.of(attachment.payload).url) }
  end
  return list
end

-- What a person gave by "send my phone" or "send my e-mail": both text and payload are the address.
local function given_points(message)
  local payload = text.of(table.of(message.quick_reply).payload)
  if not payload or payload ~= text.of(message.text) then return {} end
  return table.of(form.contact({ quick_reply = payload }).points)
end

-- An event for a message, a pressed button or a referral; else nil, and true for what the page itself wrote.
local function read(item, page)
  local message, postback = item.message, item.postback
  if table.of(message).is_echo then return nil, true end
  local person = text.of(table.of(item.sender).id) or text.of(table.of(item.sender).user_ref)
  local is_said = type(message) == "table" or type(postback) == "table" or type(item.referral) == "table"
  if not person or not is_said then return nil end
  local points = { { kind = "handle", value = "messenger:" .. page .. ":" .. person, verified = true } }
  local event = {
    type = "message", direction = "inbound", thread = page .. ":" .. person,
    occurred_at = time.parse(text.of(item.timestamp) or ""), contact = { points = points },
  }
  if type(message) == "table" then
    if not text.of(message.mid) then return nil end
    event.raw_kind, event.event_id, event.text = "message", text.of(message.mid), text.of(message.text)
    event.attachments = attachments_of(message)
    for _, point in ipairs(given_points(message)) do points[#points + 1] = point end
    local reply = text.of(table.of(message.reply_to).mid)
    if reply then event.fields = { { name = "reply_to", value = reply } } end
    event.attribution = attribution_of(table.of(item.referral))
  elseif type(postback) == "table" then
    event.raw_kind, event.event_id, event.text = "postback", text.of(postback.mid), text.of(postback.title)
    if text.of(postback.payload) then event.fields = { { name = "payload", value = text.of(postback.payload) } } end
    event.attribution = attribution_of(table.of(postback.referral))
  else
    event.raw_kind, event.attribution = "referral", attribution_of(table.of(item.referral))
    event.event_id = text.join(":", "referral", page, person, item.timestamp)
  end
  return event
end

return {
  name = "messenger", kind = "messenger", title = "Facebook Messenger",
  unproven = "no delivery to a running page has been seen",
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
    if body.object ~= "page" then return { ignored = "unsupported_kind" } end
    local events, seen, own = {}, false, false
    for _, element in ipairs(table.of(body.entry)) do
      local entry = table.of(element)
      local page = text.of(entry.id)
      -- `standby` brings the same while another app leads the talk.
      for _, list in ipairs({ table.of(entry.messaging), table.of(entry.standby) }) do
        for _, item in ipairs(page and list or {}) do
          local event, is_echo = read(table.of(item), page)
          seen, own = true, own or is_echo
          events[#events + 1] = event
        end
      end
    end
    if #events > 0 then return events end
    return { ignored = own and "own" or seen and "status_only" or "unsupported_kind" }
  end,
}
