-- Wix Forms, by a Wix app's webhooks. dev.wix.com/docs/rest/crm/forms/form-submissions/submission-created and
-- dev.wix.com/docs/rest/articles/get-started/webhook-structure, read 2026-11-24.

-- Ids of the form's own, which name the fields of a submission: `first_name`, `long_answer_4f5e`.
local function questions_of(submissions)
  local names, questions = {}, {}
  for name in pairs(submissions) do names[#names + 1] = tostring(name) end
  table.sort(names)
  for _, name in ipairs(names) do questions[#questions + 1] = { question = name, answer = submissions[name] } end
  return questions
end

return {
  name = "wix", kind = "form", title = "Wix Forms",
  -- The whole body is a token; its claim `data` is JSON text, and `data` within it again.
  unproven = "no delivery of a running app has been seen; the algorithm of the token is from the vendor's examples",
  accepts = { methods = { "POST" }, body = "jwt", limit = "1MiB" },
  -- The app's public key, as PEM.
  settings = { public_key = { required = true } },
  verify = { { kind = "jwt", algorithm = "RS256", key = "{settings.public_key}", from = "body" } },
  -- The claim as it was sent: a repeated delivery has the same event in it.
  event_key = { "json.data" },
  reply = {},

  map = function(request)
    local claim = table.of(request.json).data
    local envelope = type(claim) == "string" and table.of(json.decode(claim)) or {}
    local event = type(envelope.data) == "string" and table.of(json.decode(envelope.data)) or {}
    local entity = table.of(table.of(event.createdEvent).entity)
    if event.entityFqdn ~= "wix.forms.v4.submission" or event.slug ~= "created" or not text.of(event.id) then
      return { ignored = "unsupported_kind" }
    end
    local reading = form.contact(questions_of(table.of(entity.submissions)))
    if #table.of(reading.points) == 0 then return { ignored = "not_a_contact" } end
    local attribution = table.of(reading.attribution)
    attribution.form_id = text.of(entity.formId)
    return { {
      type = "submission", direction = "inbound", event_id = text.of(event.id), raw_kind = "submission_created",
      occurred_at = time.parse(text.of(entity.createdDate, event.eventTime) or ""), text = reading.text,
      contact = { name = reading.name, company = reading.company, points = reading.points }, fields = reading.fields,
      attribution = next(attribution) and attribution or nil,
    } }
  end,
}
