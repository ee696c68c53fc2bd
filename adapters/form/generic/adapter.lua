-- Anything that can send fields: site builders, Zapier, Make, n8n, an Apps Script, a script of one's own. General web
-- conventions (README.md), read 2026-11-23.

local id_names = { "event_id", "submission_id", "lead_id" }

-- An id from the query, or of one form. Longer ones are no ids; the event's place in its request then stands for it.
local function short(value)
  if type(value) == "string" and value ~= "" and #value <= 256 then return value end
end

local function id_in(query)
  for _, name in ipairs(id_names) do
    if short(query[name]) then return query[name] end
  end
end

-- What services send to see whether the address answers: nothing at all, or test and nothing else.
local function is_probe(fields)
  for name in pairs(fields) do
    if name ~= "test" then return false end
  end
  return true
end

return {
  name = "generic", kind = "form", title = "Generic form or webhook",
  accepts = { methods = { "GET", "POST", "PUT" }, body = "any", limit = "1MiB" },
  settings = {
    -- If given, every request must bring it in the header X-Api-Key.
    key = { secret = true },
    -- What a request is: submission, order, callback_request.
    type = { default = "submission" },
    -- Submissions a minute, and at once, that one address may make at /form/<channel>; else the gateway's `limits`.
    rate = {},
    burst = {},
  },
  verify = {
    { kind = "static", from = "header.X-Api-Key", key = "{settings.key}", optional = true },
  },
  unsigned = { "body", "query" },
  event_key = {
    "json.event_id", "json.submission_id", "json.lead_id", "form.event_id", "form.submission_id", "form.lead_id",
    "query.event_id", "query.submission_id", "query.lead_id",
  },
  repeat_window = 600,
  reply = { body = '{"ok":true}', type = "application/json" },

  map = function(request)
    local body = type(request.json) == "table" and request.json or request.form
    local has_body = next(body) ~= nil
    local sent = has_body and body or request.query
    if is_probe(sent) then return { ignored = "probe" } end

    local events = {}
    for index, reading in ipairs(form.submissions({ id = id_names })) do
      events[index] = {
        type = request.settings.type, direction = "inbound", text = reading.text, fields = reading.fields,
        event_id = short(reading.id) or (index == 1 and id_in(request.query)) or nil,
        contact = { name = reading.name, company = reading.company, points = reading.points },
        attribution = reading.attribution, attachments = request.files,
      }
    end
    if #events == 0 then return { ignored = "not_a_contact" } end
    return events
  end,
}
