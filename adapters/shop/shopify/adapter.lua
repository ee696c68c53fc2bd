-- Shopify webhooks (orders/create, customers/create, checkouts/create). shopify.dev/apps/build/webhooks and
-- Shopify/shopify-app-js, read 2026-11-23.

local function name_of(person)
  local first, last = text.of(person.first_name), text.of(person.last_name)
  if first and last then return first .. " " .. last end
  return first or last
end

local types = { ["orders/create"] = "order", ["checkouts/create"] = "order", ["customers/create"] = "submission" }

return {
  name = "shopify", kind = "shop", title = "Shopify",
  accepts = { methods = { "POST" }, body = "json", limit = "4MiB" },
  -- The app's client secret, or the one shown in the shop's notification settings.
  settings = { secret = { secret = true, required = true } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-Shopify-Hmac-Sha256",
      encoding = "base64", string = "{body}",
    },
  },
  unsigned = { "header.X-Shopify-Topic", "header.X-Shopify-Event-Id" },
  -- The event id is not signed, so it is a key only together with the signature of what it says.
  event_key = { "header.X-Shopify-Topic", "header.X-Shopify-Hmac-Sha256" },
  reply = {},

  map = function(request)
    local topic, order = text.of(request.headers["x-shopify-topic"]), table.of(request.json)
    if not types[topic] or not text.of(order.id) then return { ignored = "unsupported_kind" } end
    if order.test == true then return { ignored = "probe" } end
    local is_customer = topic == "customers/create"
    local customer = is_customer and order or table.of(order.customer)
    local billing, shipping = table.of(order.billing_address), table.of(order.shipping_address)
    local phone = text.of(order.phone) or text.of(customer.phone) or text.of(shipping.phone) or text.of(billing.phone)
      or text.of(table.of(customer.default_address).phone)
    local email = text.of(order.email) or text.of(order.contact_email) or text.of(customer.email)
    local points = {}
    if phone then points[1] = { kind = "phone", value = phone } end
    if email then points[#points + 1] = { kind = "email", value = email } end
    if #points == 0 then return { ignored = "not_a_contact" } end

    local fields = {}
    local function add(name, value)
      if value then fields[#fields + 1] = { name = name, value = value } end
    end
    if not is_customer then
      for _, entry in ipairs(table.of(order.line_items)) do
        local item = table.of(entry)
        local title, sku = text.of(item.title), text.of(item.sku)
        if title then add("item", (text.of(item.quantity) or "1") .. " × " .. title .. (sku and " (" .. sku .. ")" or "")) end
      end
      local total, currency = text.of(order.total_price), text.of(order.currency)
      add("total", total and currency and total .. " " .. currency or total)
      for _, entry in ipairs(table.of(order.note_attributes)) do add(text.of(table.of(entry).name) or "", text.of(table.of(entry).value)) end
    end
    local found = { page = text.of(order.landing_site), referrer = text.of(order.referring_site), ref = text.of(order.landing_site_ref) }
    return { {
      type = types[topic], direction = "inbound", raw_kind = topic, event_id = topic .. ":" .. text.of(order.id),
      occurred_at = time.parse(text.of(order.created_at) or ""), subject = text.of(order.name), text = text.of(order.note),
      contact = {
        name = name_of(customer) or text.of(billing.name) or name_of(billing), company = text.of(billing.company),
        locale = text.of(order.customer_locale), points = points,
      },
      fields = #fields > 0 and fields or nil, attribution = next(found) and found or nil,
    } }
  end,
}
