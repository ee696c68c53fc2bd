-- Contact Form 7 with the plugin CF7 to Webhook. mariovalney/cf7-to-zapier (class-module-cf7.php,
-- class-module-zapier.php; 2025-06), read 2026-11-23.

-- Mail tags that describe the request and nobody; page and title are read below.
local technical = {
  "_remote_ip", "_user_agent", "_post_id", "_date", "_time", "_url", "_post_url", "_post_title",
}

-- Files come as `{filename, content}`: the name is kept, the bytes are not.
local function files_of(body)
  local files, names = {}, {}
  local function take(name, value)
    local file = text.of(table.of(value).filename)
    if not file then return end
    files[#files + 1] = { kind = "file", name = file }
    for _, part in ipairs({ "filename", "content" }) do names[#names + 1] = name .. "." .. part end
  end
  local fields = {}
  for name in pairs(body) do fields[#fields + 1] = tostring(name) end
  table.sort(fields)
  for _, name in ipairs(fields) do
    take(name, body[name])
    for place, element in ipairs(table.of(body[name])) do take(name .. "." .. (place - 1), element) end
  end
  return files, names
end

return {
  name = "contact-form-7", kind = "form", title = "Contact Form 7",
  unproven = "no delivery of a running site has been seen",
  accepts = { methods = { "POST", "GET", "PUT" }, body = "any", limit = "4MiB" },
  settings = {
    -- If given, every request must bring it in the header X-Api-Key.
    key = { secret = true },
  },
  verify = { { kind = "static", from = "header.X-Api-Key", key = "{settings.key}", optional = true } },
  unsigned = { "body", "query" },
  -- Nothing tells two deliveries apart, so the whole request counts.
  repeat_window = 600,
  -- The visitor waits for it, and is shown an error for anything but a plain success.
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local sent = next(table.of(request.json)) and request.json or next(request.form) and request.form or request.query
    if next(sent) == nil then return { ignored = "probe" } end
    local files, ignored = files_of(sent)
    for _, name in ipairs(technical) do ignored[#ignored + 1] = name end
    local reading = form.submissions({ ignore = ignored })[1] or {}
    if #table.of(reading.points) == 0 then return { ignored = "not_a_contact" } end
    local attribution = table.of(reading.attribution)
    local page = form.contact({ page_url = text.of(sent._url, sent._post_url), page_title = text.of(sent._post_title) })
    for name, value in pairs(table.of(page.attribution)) do attribution[name] = attribution[name] or value end
    return { {
      type = "submission", direction = "inbound", text = reading.text, fields = reading.fields,
      contact = { name = reading.name, company = reading.company, points = reading.points },
      attribution = next(attribution) and attribution or nil, attachments = #files > 0 and files or nil,
    } }
  end,
}
