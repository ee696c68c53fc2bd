-- The gateway's own message form, in its own words (README.md), read 2026-11-24. For every chat whose administrator
-- writes the request himself: a bot builder, an aggregator's script, a desk of one's own.

local directions = { ["in"] = "inbound", inbound = "inbound", out = "outbound", outbound = "outbound" }

-- The provider or the account of a handle; a colon would end it.
local function part(value)
  value = text.of(value)
  if value and not text.find(value, ":") then return value end
end

return {
  name = "generic-message", kind = "messenger", title = "Any chat (generic message form)",
  accepts = { methods = { "GET", "POST" }, body = "any", limit = "256KiB" },
  settings = {
    -- Besides the token in the address, if the sender can set a header: Authorization: Bearer SECRET.
    secret = { secret = true },
    timezone = { default = "UTC" },
    -- What a handle begins with where a request names no provider.
    provider = { default = "chat" },
    -- The second part of a handle; the channel's key if not given.
    account = {},
  },
  phones = { international_without_plus = true },
  verify = {
    { kind = "static", key = "{settings.secret}", from = "header.Authorization", prefix = "Bearer ", optional = true },
  },
  unsigned = { "all fields" },
  -- Without an id of the message the whole request counts as the key.
  event_key = { "json.message_id", "form.message_id", "query.message_id" },
  repeat_window = 600,
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local json = table.of(request.json)
    if not next(json) and not next(request.form) and not next(request.query) then return { ignored = "probe" } end
    local function get(name) return text.of(json[name], request.form[name], request.query[name]) end

    local direction = directions[text.lower(get("direction") or "in")]
    if not direction then return { ignored = "unsupported_kind" } end
    local provider = part(get("provider")) or part(request.settings.provider) or "chat"
    local account = part(get("account")) or part(request.settings.account) or request.channel
    local user, points = get("user_id"), {}
    if user then points[1] = { kind = "handle", value = provider .. ":" .. account .. ":" .. user } end
    if get("phone") then points[#points + 1] = { kind = "phone", value = get("phone") } end
    if get("email") then points[#points + 1] = { kind = "email", value = get("email") } end
    if #points == 0 then return { ignored = "not_a_contact" } end
    local file = get("file_url")
    if not get("text") and not file then return { ignored = "status_only" } end

    local event = {
      type = "message", direction = direction, event_id = get("message_id"), thread = get("chat_id") or user,
      occurred_at = get("at") and time.parse(get("at"), request.settings.timezone), text = get("text"),
      contact = { name = get("name"), locale = get("locale"), points = points },
      attachments = file and { { kind = get("file_kind") or "file", url = file, name = get("file_name") } } or nil,
    }
    if get("username") then event.fields = { { name = "username", value = get("username") } } end
    for _, name in ipairs({ "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term", "page", "ref" }) do
      if get(name) then
        event.attribution = event.attribution or {}
        event.attribution[name] = get(name)
      end
    end
    return { event }
  end,
}
