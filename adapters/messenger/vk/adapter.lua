-- VK Callback API: community messages and lead forms. dev.vk.com/api/callback/getting-started and SevereCloud/vksdk,
-- read 2026-11-23.

-- An answer; a checkbox question may bring a list of texts or of tables.
local function answer_of(value)
  if type(value) ~= "table" then return text.of(value) end
  local parts = {}
  for _, part in ipairs(value) do parts[#parts + 1] = text.of(part) or json.encode(part) end
  if #parts > 0 then return table.concat(parts, ", ") end
  return next(value) and json.encode(value) or nil
end

local function handle(group, user)
  return { kind = "handle", value = "vk:" .. group .. ":" .. user, verified = true }
end

local function map_message(request, group, object)
  -- Below API 5.103 the message's fields lie in the object itself.
  local message = type(object.message) == "table" and object.message or object
  local from, peer = text.of(message.from_id), text.of(message.peer_id)
  if not from or not peer then return { ignored = "unsupported_kind" } end
  local is_group = math.type(message.peer_id) == "integer" and message.peer_id > 2000000000
  if is_group then return { ignored = "not_a_contact" } end
  if string.sub(from, 1, 1) == "-" then return { ignored = "automatic" } end

  local event = {
    type = "message", direction = "inbound", raw_kind = "message_new", event_id = text.of(request.json.event_id),
    thread = group .. ":" .. peer, occurred_at = time.parse(text.of(message.date) or ""),
    text = text.of(message.text),
    contact = { points = { handle(group, from) } },
  }
  for _, attachment in ipairs(table.of(message.attachments)) do
    event.attachments = event.attachments or {}
    event.attachments[#event.attachments + 1] = { kind = text.of(table.of(attachment).type) }
  end
  local place, fields = table.of(table.of(message.geo).coordinates), {}
  if place.latitude and place.longitude then
    fields[1] = { name = "location", value = tostring(place.latitude) .. ", " .. tostring(place.longitude) }
  end
  if text.of(message.payload) then fields[#fields + 1] = { name = "payload", value = text.of(message.payload) } end
  if #fields > 0 then event.fields = fields end
  if text.of(message.ref) or text.of(message.ref_source) then
    event.attribution = { ref = text.of(message.ref), ref_source = text.of(message.ref_source) }
  end
  return { event }
end

local function map_lead(group, object)
  local lead = text.of(object.lead_id)
  if not lead then return { ignored = "unsupported_kind" } end
  local event = {
    type = "submission", direction = "inbound", raw_kind = "lead_forms_new", event_id = "lead:" .. group .. ":" .. lead,
    subject = text.of(object.form_name), contact = {},
    attribution = { form = text.of(object.form_name), source_id = text.of(object.ad_id) },
  }
  local points, fields, name = {}, {}, {}
  if text.of(object.user_id) then points[1] = handle(group, text.of(object.user_id)) end
  for _, entry in ipairs(table.of(object.answers)) do
    local key, value = text.of(table.of(entry).key), answer_of(table.of(entry).answer)
    if value and key == "phone_number" then
      points[#points + 1] = { kind = "phone", value = value }
    elseif value and key == "email" then
      points[#points + 1] = { kind = "email", value = value }
    elseif value and (key == "first_name" or key == "patronymic_name" or key == "last_name") then
      name[key] = value
    elseif value then
      fields[#fields + 1] = { name = text.of(table.of(entry).question) or key or "", value = value }
    end
  end
  local parts = {}
  for _, key in ipairs({ "first_name", "patronymic_name", "last_name" }) do parts[#parts + 1] = name[key] end
  if #parts > 0 then event.contact.name = table.concat(parts, " ") end
  if #points == 0 then return { ignored = "not_a_contact" } end
  event.contact.points = points
  if #fields > 0 then event.fields = fields end
  return { event }
end

return {
  name = "vk", kind = "messenger", title = "VK",
  unproven = "no delivery to a running community has been seen",
  accepts = { methods = { "POST" }, body = "json", limit = "1MiB" },
  settings = {
    -- The secret key of the callback server.
    secret = { secret = true, required = true },
    -- The text VK wants once, as the community's settings show it; it changes with the list of servers.
    confirmation = { required = true },
  },
  handshake = { { json = { type = "confirmation" }, reply = { text = "{settings.confirmation}" } } },
  verify = { { kind = "static", from = "json.secret", key = "{settings.secret}" } },
  unsigned = { "body" },
  event_key = { "json.group_id", "json.event_id" },
  -- Exactly this; "remove" would make VK forget the address.
  reply = { body = "ok", type = "text/plain; charset=utf-8" },

  map = function(request)
    local callback = table.of(request.json)
    local group, object = text.of(callback.group_id), table.of(callback.object)
    if not group then return { ignored = "unsupported_kind" } end
    if callback.type == "message_new" then return map_message(request, group, object) end
    if callback.type == "lead_forms_new" then return map_lead(group, object) end
    if callback.type == "message_reply" then return { ignored = "own" } end
    if callback.type == "message_edit" or callback.type == "message_allow" or callback.type == "message_deny" then
      return { ignored = "status_only" }
    end
    return { ignored = "unsupported_kind" }
  end,
}
