-- Tilda form webhooks. help-ru.tilda.cc/formsscript, help-ru.tilda.cc/forms/marketplace/tech and receivers' tests
-- (tranid, COOKIES, payment[...]), read 2026-11-23.

-- Elements of a list: a form numbers them from 0 on.
local function each(list)
  list = table.of(list)
  if #list > 0 then return list end
  local found = {}
  while list[tostring(#found)] ~= nil do found[#found + 1] = list[tostring(#found)] end
  return found
end

-- An item of the cart; some carts have a text for it: `Куртка - 1x5000 = 5000`.
local function item_of(product)
  local name = text.of(table.of(product).name)
  if not name then return type(product) == "string" and text.of(product) or nil end
  local details = {}
  for _, option in ipairs(each(product.options)) do details[#details + 1] = text.of(table.of(option).variant) end
  details[#details + 1] = text.of(product.sku)
  local suffix = #details > 0 and " (" .. table.concat(details, ", ") .. ")" or ""
  return (text.of(product.quantity) or "1") .. " × " .. name .. suffix
end

local function add_cart(event, cart)
  local fields = {}
  local function add(name, value)
    if text.of(value) then fields[#fields + 1] = { name = name, value = text.of(value) } end
  end
  for _, product in ipairs(each(cart.products)) do add("item", item_of(product)) end
  add("total", cart.amount)
  for _, name in ipairs({ "subtotal", "delivery", "delivery_price", "delivery_address", "promocode", "discount" }) do
    add(name, cart[name])
  end
  add("payment", cart.sys)
  for _, field in ipairs(table.of(event.fields)) do fields[#fields + 1] = field end
  event.type, event.fields, event.subject = "order", #fields > 0 and fields or nil, text.of(cart.orderid)
  if event.subject then event.event_id = "order:" .. event.subject end
end

-- The cart's fields as they were named: payment[products][0][name].
local function names_of(prefix, value, names)
  if type(value) ~= "table" then
    names[#names + 1] = prefix
    return names
  end
  names[#names + 1] = prefix .. "[]"
  for key, element in pairs(value) do names_of(prefix .. "[" .. tostring(key) .. "]", element, names) end
  return names
end

return {
  name = "tilda", kind = "form", title = "Tilda",
  unproven = "no delivery of a running site has been seen; carts are read as public receivers read them",
  accepts = { methods = { "POST" }, body = "form-brackets", limit = "1MiB" },
  settings = {
    -- If given, the webhook's API key: name X-Api-Key, placed in the header.
    key = { secret = true },
  },
  -- On saving; a filled-in form has a tranid.
  handshake = { { form = { test = "test", tranid = false }, reply = { text = "ok" } } },
  verify = { { kind = "static", from = "header.X-Api-Key", key = "{settings.key}", optional = true } },
  unsigned = { "body" },
  event_key = { "form.tranid" },
  reply = { body = "ok", type = "text/plain; charset=utf-8" },

  map = function(request)
    if next(request.form) == nil then return { ignored = "probe" } end
    local cart = request.form.payment
    local ignored = type(cart) == "table" and names_of("payment", cart, { "tranid" }) or { "tranid" }
    local reading = form.submissions({ ignore = ignored })[1] or {}
    if #table.of(reading.points) == 0 then return { ignored = "not_a_contact" } end
    local event = {
      type = "submission", direction = "inbound", event_id = text.of(request.form.tranid), text = reading.text,
      contact = { name = reading.name, company = reading.company, points = reading.points }, fields = reading.fields,
      attribution = reading.attribution,
    }
    if type(cart) == "table" then add_cart(event, cart) end
    return { event }
  end,
}
