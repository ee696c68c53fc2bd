-- WPForms, Webhooks add-on, in its JSON format. The add-on's Process.php (1.x) and
-- wpforms.com/developers/how-to-send-field-values-with-webhooks, read 2026-11-23.

-- Names that the form's author may give the entry's id.
local id_names = { "entry_id", "submission_id", "event_id" }

-- Several values, and the lines of a text, are parted by ||.
local function lines(value)
  return value and table.concat(text.split(value, "||"), "\n")
end

return {
  name = "wpforms", kind = "form", title = "WPForms",
  unproven = "no delivery of a running site has been seen; the signature is from the add-on's source",
  accepts = { methods = { "POST", "PUT", "PATCH" }, body = "json", limit = "1MiB" },
  -- The secret that the webhook's settings show.
  settings = { secret = { secret = true, required = true } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.X-WPForms-Webhook-Signature#v",
      encoding = "hex", string = "{header.X-WPForms-Webhook-Signature#t}.{body}",
    },
  },
  event_key = { "json.entry_id", "json.submission_id", "json.event_id" },
  repeat_window = 600,
  reply = {},

  map = function(request)
    local body = table.of(request.json)
    if next(body) == nil then return { ignored = "probe" } end
    -- A date is `{value, unix}`.
    local ignored, dates = {}, {}
    for name, value in pairs(body) do
      if table.of(value).unix then
        dates[name .. ".value"] = name
        ignored[#ignored + 1] = name .. ".unix"
      end
    end
    local reading = form.submissions({ ignore = ignored, id = id_names })[1] or {}
    for _, field in ipairs(table.of(reading.fields)) do
      field.name, field.value = dates[field.name] or field.name, lines(field.value)
    end
    if #table.of(reading.points) == 0 then return { ignored = "not_a_contact" } end
    return { {
      type = "submission", direction = "inbound", event_id = reading.id, text = lines(reading.text),
      fields = reading.fields,
      contact = { name = reading.name, company = reading.company, points = reading.points },
      attribution = reading.attribution,
    } }
  end,
}
