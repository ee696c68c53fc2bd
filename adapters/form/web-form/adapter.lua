-- The gateway's own form: the hosted page /form/<channel>, a plain HTML form or a script on a site. Our own contract
-- (README.md), WHATWG form and fetch conventions, read 2026-11-23.

return {
  name = "web-form", kind = "form", title = "Web form",
  accepts = { methods = { "POST" }, body = "any", limit = "1MiB" },
  settings = {
    -- A field that people do not see and robots fill in.
    honeypot = { default = "website" },
  },
  -- A page that makes a nonce for each showing of the form makes a double click harmless.
  event_key = { "form.nonce", "json.nonce" },
  repeat_window = 600,
  reply = { body = '{"ok":true}', type = "application/json" },

  map = function(request)
    local trap = request.settings.honeypot
    local sent = type(request.json) == "table" and request.json or request.form
    local filled = sent[trap]
    if type(filled) == "table" then filled = filled[1] end
    if filled and text.trim(tostring(filled)) ~= "" then return { ignored = "spam" } end

    local events = {}
    for _, reading in ipairs(form.submissions({ ignore = { trap, "nonce" } })) do
      events[#events + 1] = {
        type = "submission", direction = "inbound", text = reading.text, fields = reading.fields,
        contact = { name = reading.name, company = reading.company, points = reading.points },
        attribution = reading.attribution, attachments = request.files,
      }
    end
    if #events == 0 then return { ignored = "probe" } end
    return events
  end,
}
