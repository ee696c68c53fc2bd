-- Jotform webhooks. asyncapi.apis.io (Jotform, from api.jotform.com/docs and jotform.com/help/245) and a published
-- capture, read 2026-11-23.

-- `q28_name`: the question's number and what it is called.
local function question_of(name)
  if #name > 1024 then return nil end
  local number, slug = string.match(name, "^q(%d+)_(.+)$")
  return tonumber(number), slug
end

-- An answer of several parts, put together; nil where a part is none of words.
local function answer_of(value)
  if type(value) ~= "table" then return text.of(value) end
  local joined = text.of(value.full, text.join(" ", value.first, value.last), text.join(" ", value.area, value.phone))
  if joined then return joined end
  local parts, names = {}, {}
  for _, element in ipairs(value) do parts[#parts + 1] = text.of(element) end
  if #value == 0 then
    for key in pairs(value) do names[#names + 1] = tostring(key) end
    table.sort(names)
    for _, key in ipairs(names) do parts[#parts + 1] = text.of(value[key]) end
  end
  if #parts > 0 then return table.concat(parts, ", ") end
end

return {
  name = "jotform", kind = "form", title = "Jotform",
  unproven = "one published capture has been seen; the vendor documents no signature",
  accepts = { methods = { "POST" }, body = "multipart", limit = "2MiB", json_field = "rawRequest" },
  unsigned = { "body" },
  event_key = { "form.submissionID" },
  reply = {},

  map = function(request)
    local sent = request.form
    if not text.of(sent.submissionID) then return { ignored = "unsupported_kind" } end
    local questions = {}
    for name, value in pairs(table.of(request.json)) do
      local number, slug = question_of(tostring(name))
      local answer = number and answer_of(value)
      if answer then questions[#questions + 1] = { place = number, question = slug, answer = answer } end
    end
    table.sort(questions, function(one, two) return one.place < two.place end)
    for _, entry in ipairs(questions) do entry.place = nil end
    local reading = form.contact(questions)
    if #table.of(reading.points) == 0 then return { ignored = "not_a_contact" } end
    local attribution = table.of(reading.attribution)
    attribution.form, attribution.form_id = text.of(sent.formTitle), text.of(sent.formID)
    return { {
      type = "submission", direction = "inbound", event_id = text.of(sent.submissionID), raw_kind = text.of(sent.type),
      subject = text.of(sent.formTitle), text = reading.text, fields = reading.fields,
      contact = { name = reading.name, company = reading.company, points = reading.points },
      attribution = next(attribution) and attribution or nil,
    } }
  end,
}
