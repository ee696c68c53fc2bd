-- The gateway's own form: the hosted page /form/<channel>, a plain HTML form or a script on a site. Our own contract
-- (README.md), WHATWG form and fetch conventions, read 2026-11-23.

return {
  name = "web-form", kind = "form", title = "Web form",
  accepts = { methods = { "POST" }, body = "any", limit = "1MiB" },
  settings = {
    -- A field that people do not see and robots fill in.
    honeypot = { default = "website" },
    -- Submissions a minute, and at once, that one address may make at /form/<channel>; else the gateway's `limits`.
    rate = {},
    burst = {},
  },
  -- Without event_key: what says the same for ten minutes is one submission, so that a double click is harmless. A nonce for
  -- each showing of the form tells two people apart who write the same. It is no key by itself: a cached page gives one to
  -- many visitors, and a form sent again with a correction after the Back button has the old one.
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
