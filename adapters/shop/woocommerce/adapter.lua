-- WooCommerce webhooks (order.created, customer.created). woocommerce/woocommerce class-wc-webhook.php and
-- woocommerce/woocommerce-rest-api-docs, read 2026-11-23.

local function name_of(person)
  local first, last = text.of(person.first_name), text.of(person.last_name)
  if first and last then return first .. " " .. last end
  return first or last
end

local types = { ["order.created"] = "order", ["customer.created"] = "submission" }
local known = { ["order.updated"] = true, ["order.deleted"] = true, ["customer.updated"] = true, ["customer.deleted"] = true }

return {
  name = "woocommerce", kind = "shop", title = "WooCommerce",
  accepts = { methods = { "POST" }, body = "any", limit = "4MiB" },
  settings = { secret = { secret = true, required = true } },
  -- Sent once, unsigned, when the webhook is saved.
  handshake = { { method = "POST", form = "webhook_id", reply = {} } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-WC-Webhook-Signature",
      encoding = "base64", string = "{body}",
    },
  },
  unsigned = { "header.X-WC-Webhook-Topic", "header.X-WC-Webhook-Source" },
  event_key = { "header.X-WC-Webhook-Source", "header.X-WC-Webhook-Topic", "header.X-WC-Webhook-Signature" },
  reply = {},

  map = function(request)
    local topic, order = text.of(request.headers["x-wc-webhook-topic"]), table.of(request.json)
    if known[topic] then return { ignored = "status_only" } end
    if not types[topic] or not text.of(order.id) then return { ignored = "unsupported_kind" } end
    local billing = table.of(order.billing)
    local points, email = {}, text.of(billing.email) or text.of(order.email)
    if text.of(billing.phone) then points[1] = { kind = "phone", value = text.of(billing.phone) } end
    if email then points[#points + 1] = { kind = "email", value = email } end
    if #points == 0 then return { ignored = "not_a_contact" } end

    local fields = {}
    for _, entry in ipairs(table.of(order.line_items)) do
      local item = table.of(entry)
      if text.of(item.name) then
        fields[#fields + 1] = { name = "item", value = (text.of(item.quantity) or "1") .. " × " .. text.of(item.name) }
      end
    end
    if text.of(order.total) then
      fields[#fields + 1] = { name = "total", value = text.of(order.total) .. " " .. (text.of(order.currency) or "") }
    end
    local stated = text.of(order.date_created_gmt)
    return { {
      type = types[topic], direction = "inbound", raw_kind = topic, event_id = topic .. ":" .. text.of(order.id),
      occurred_at = stated and time.parse(stated), text = text.of(order.customer_note),
      subject = topic == "order.created" and "#" .. (text.of(order.number) or text.of(order.id)) or nil,
      contact = { name = name_of(billing) or name_of(order), company = text.of(billing.company), points = points },
      fields = #fields > 0 and fields or nil,
    } }
  end,
}
