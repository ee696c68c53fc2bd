-- Google Ads lead form assets. developers.google.com/google-ads/webhook/docs/implementation and
-- .../google-ads/api/reference/rpc/v25/WebhookDelivery, read 2026-11-23.

local kinds = { EMAIL = "email", WORK_EMAIL = "email", PHONE_NUMBER = "phone", WORK_PHONE = "phone" }
local known = { FULL_NAME = true, FIRST_NAME = true, LAST_NAME = true, COMPANY_NAME = true }

return {
  name = "google-ads-leads", kind = "form", title = "Google Ads lead forms",
  unproven = "no delivery has been seen; how often one is repeated is not documented",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  -- The key typed into the lead form's webhook settings.
  settings = { key = { secret = true, required = true } },
  verify = { { kind = "static", from = "json.google_key", key = "{settings.key}" } },
  unsigned = { "body" },
  event_key = { "json.lead_id" },
  reply = { body = "{}", type = "application/json" },

  map = function(request)
    local lead = table.of(request.json)
    if not text.of(lead.lead_id) then return { ignored = "unsupported_kind" } end
    if lead.is_test == true then return { ignored = "probe" } end
    local points, fields, names = {}, {}, {}
    for _, entry in ipairs(table.of(lead.user_column_data)) do
      local column = table.of(entry)
      -- Some deliveries have the id in the name's place.
      local id, value = text.of(column.column_id, column.column_name), text.of(column.string_value)
      if id and value and kinds[id] then
        points[#points + 1] = { kind = kinds[id], value = value }
      elseif id and value and known[id] then
        names[id] = value
      elseif id and value then
        fields[#fields + 1] = { name = text.of(column.column_name, id), value = value }
      end
    end
    if #points == 0 then return { ignored = "not_a_contact" } end
    local parts = text.of(text.join(" ", names.FIRST_NAME, names.LAST_NAME))
    local attribution = { gclid = text.of(lead.gcl_id) }
    for _, name in ipairs({ "form_id", "campaign_id", "adgroup_id", "creative_id", "asset_group_id" }) do
      attribution[name] = text.of(lead[name])
    end
    if text.of(lead.lead_stage) then fields[#fields + 1] = { name = "lead_stage", value = text.of(lead.lead_stage) } end
    return { {
      type = "submission", direction = "inbound", event_id = text.of(lead.lead_id),
      occurred_at = time.parse(text.of(lead.lead_submit_time) or ""),
      contact = { name = names.FULL_NAME or parts, company = names.COMPANY_NAME, points = points },
      fields = #fields > 0 and fields or nil, attribution = next(attribution) and attribution or nil,
    } }
  end,
}
