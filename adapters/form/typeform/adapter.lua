-- Typeform webhooks. typeform.com/developers/webhooks (as quoted by api-evangelist/typeform), read 2026-11-23.

-- An answer as text: its type names where the value lies.
local function answer_text(answer)
  local value = answer[text.of(answer.type) or ""]
  if type(value) == "boolean" then return tostring(value) end
  if type(value) ~= "table" then return text.of(value) end
  if type(value.labels) == "table" then
    local labels = {}
    for _, label in ipairs(value.labels) do labels[#labels + 1] = text.of(label) end
    return #labels > 0 and table.concat(labels, ", ") or nil
  end
  return text.of(value.label) or json.encode(value)
end

return {
  name = "typeform", kind = "form", title = "Typeform",
  accepts = { methods = { "POST" }, body = "json", limit = "1MiB" },
  settings = { secret = { secret = true, required = true } },
  verify = {
    {
      kind = "hmac", hash = "sha256", key = "{settings.secret}", from = "header.Typeform-Signature", prefix = "sha256=",
      encoding = "base64", string = "{body}",
    },
  },
  event_key = { "json.form_response.token" },
  reply = {},

  map = function(request)
    local body = table.of(request.json)
    local response = table.of(body.form_response)
    if body.event_type ~= "form_response" or not text.of(response.token) then return { ignored = "unsupported_kind" } end
    local definition, titles = table.of(response.definition), {}
    for _, field in ipairs(table.of(definition.fields)) do
      local id = text.of(table.of(field).id)
      if id then titles[id] = text.of(table.of(field).title) end
    end

    -- E-mail and phone are said by type; the rest is read by its question.
    local points, questions = {}, {}
    for index, entry in ipairs(table.of(response.answers)) do
      local answer = table.of(entry)
      local value, field = answer_text(answer), table.of(answer.field)
      if value and answer.type == "email" then
        points[#points + 1] = { kind = "email", value = value }
      elseif value and answer.type == "phone_number" then
        points[#points + 1] = { kind = "phone", value = value }
      elseif value then
        local title = titles[text.of(field.id) or ""] or text.of(field.ref) or "answer " .. index
        questions[#questions + 1] = { question = title, answer = value }
      end
    end
    local names = {}
    for name in pairs(table.of(response.hidden)) do names[#names + 1] = tostring(name) end
    table.sort(names)
    for _, name in ipairs(names) do
      questions[#questions + 1] = { question = name, answer = text.of(response.hidden[name]) }
    end
    local reading = form.contact(questions)
    for _, point in ipairs(table.of(reading.points)) do points[#points + 1] = point end
    if #points == 0 then return { ignored = "not_a_contact" } end
    local attribution = table.of(reading.attribution)
    attribution.form = text.of(definition.title) or text.of(response.form_id)
    return { {
      type = "submission", direction = "inbound", event_id = text.of(response.token), raw_kind = "form_response",
      occurred_at = time.parse(text.of(response.submitted_at) or ""), subject = text.of(definition.title), text = reading.text,
      contact = { name = reading.name, company = reading.company, points = points }, fields = reading.fields,
      attribution = attribution,
    } }
  end,
}
