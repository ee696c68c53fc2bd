-- Binotel webhooks: API CALL SETTINGS, API PUSH, API CALL COMPLETED. developers.binotel.ua (its opening) and two receivers
-- (sashalenz/binotel-api, the Perfex module), read 2026-11-23.

local outcomes = {
  BUSY = "busy", NOANSWER = "missed", CANCEL = "cancelled", VM = "voicemail", ["VM-SUCCESS"] = "voicemail",
}
local directions = { ["0"] = "inbound", ["1"] = "outbound" }

local function outcome(disposition, talk)
  if disposition == "ANSWER" or disposition == "TRANSFER" then return talk > 0 and "answered" or "missed" end
  return outcomes[disposition] or "failed"
end

local function completed(details, call, event)
  local disposition, talk = text.of(details.disposition), math.count(details.billsec) or 0
  -- Still running.
  if disposition == "ONLINE" or disposition == "CALLING" then return { ignored = "status_only" } end
  local tracking = table.of(details.callTrackingData)

  event.direction = directions[text.of(details.callType)] or "unknown"
  event.contact = telephony.contact(details.externalNumber, table.of(details.customerData).name)
  call.state, call.cause, call.line = "summary", disposition, text.of(table.of(details.pbxNumberData).number)
  call.outcome = outcome(disposition, talk)
  call.talk_s, call.wait_s = call.outcome == "answered" and talk or 0, math.count(details.waitsec)
  call.agents = telephony.agents(details.internalNumber, call.outcome == "answered")
  if call.agents then call.agents[1].name = text.of(table.of(details.employeeData).name, call.agents[1].name) end
  if call.outcome == "answered" then call.recording = { id = event.thread, needs_fetch = true } end
  local started = time.parse(details.startTime)
  if started then event.occurred_at, call.at_source = started, "provider" end
  for _, name in ipairs({ "utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term" }) do
    local value = text.of(tracking[name])
    if value then
      event.attribution = event.attribution or {}
      event.attribution[name] = value
    end
  end
  return { event }
end

return {
  name = "binotel", kind = "telephony", title = "Binotel",
  accepts = { methods = { "POST" }, body = "form-brackets", limit = "256KiB" },
  settings = {},
  phones = { anonymous = { "anonymous", "unknown" } },
  -- The vendor's own example trusts these servers alone; newer receivers saw the last three.
  verify = {
    {
      kind = "allow_list",
      addresses = {
        "194.88.218.114", "194.88.218.116", "194.88.218.117", "194.88.218.118", "194.88.218.119", "194.88.218.120",
        "194.88.219.67", "194.88.219.70", "194.88.219.71", "194.88.219.72", "194.88.219.78", "194.88.219.79",
        "194.88.219.80", "194.88.219.81", "194.88.219.82", "194.88.219.83", "194.88.219.84", "194.88.219.85",
        "194.88.219.86", "194.88.219.87", "194.88.219.88", "194.88.219.89", "194.88.219.92", "185.100.66.145",
        "185.100.66.146", "185.100.66.147", "45.91.130.82", "45.91.130.36", "45.91.129.203",
      },
    },
  },
  unsigned = { "all fields" },
  event_key = {
    "form.requestType", "form.generalCallID", "form.callDetails[generalCallID]", "form.callDetails[disposition]",
    "form.internalNumber", "form.externalNumber", "form.disposition",
  },
  lookup = { when = { ["form.requestType"] = "apiCallSettings" }, phone = "form.externalNumber" },
  reply = {
    body = "{}", type = "application/json",
    -- Anything else, and the call is sent 7 times more over 38 hours.
    cases = {
      { when = { ["form.requestType"] = "apiCallCompleted" }, body = '{"status":"success"}', type = "application/json" },
    },
  },

  map = function(request)
    local form = request.form
    local kind = text.of(form.requestType)
    -- Asks before it rings and has no id; the call's own events follow.
    if kind == "apiCallSettings" then return { ignored = "status_only" } end
    local details = table.of(form.callDetails)
    local thread = text.of(form.generalCallID, details.generalCallID)
    if not thread then return { ignored = "unsupported_kind" } end

    local extension = text.of(form.internalNumber)
    local call = { scope = "call", at_source = "receipt" }
    local event = {
      type = "call", direction = directions[text.of(form.callType)] or "unknown", thread = thread, raw_kind = kind,
      event_id = text.join(":", thread, kind, extension, details.disposition),
      occurred_at = request.received_at, contact = {}, call = call,
    }
    if kind == "apiCallCompleted" then return completed(details, call, event) end
    if kind == "receivedTheCall" or kind == "answeredTheCall" then
      event.contact = telephony.contact(form.externalNumber)
      call.line = text.of(form.pbxNumber)
      call.state = kind == "receivedTheCall" and "ringing" or "answered"
      call.agents = telephony.agents(extension, kind == "answeredTheCall" or nil)
    elseif kind == "transferredTheCall" then
      call.state, call.scope, call.leg, call.agents = "ringing", "leg", extension, telephony.agents(extension)
    elseif kind == "hangupTheCall" then
      -- Neither the number nor the direction: the call's other events have them.
      local disposition, talk = text.of(form.disposition), math.count(form.billsec) or 0
      call.state, call.cause, call.outcome = "ended", disposition, outcome(disposition, talk)
      call.talk_s = call.outcome == "answered" and talk or 0
    else
      return { ignored = "unsupported_kind" }
    end
    return { event }
  end,

  answer = function(request, found)
    local name = found.name or found.company
    return { json = { customerData = { name = name, linkToCrmUrl = found.url, linkToCrmTitle = found.url and name } } }
  end,
}
