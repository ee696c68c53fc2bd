-- Mango Office VATS. MangoOffice_VPBX_API_v1.9.pdf (public extract), Bobrovskih/mango-vpbx, read 2026-11-23.

local directions = { ["0"] = "internal", ["1"] = "inbound", ["2"] = "outbound" }

-- The end of a call that is ours has an extension; calls with one at both ends are between employees.
local function ends(json)
  local from, to = table.of(json.from), table.of(json.to)
  return from, to, text.of(from.extension), text.of(to.extension)
end

local function live_direction(mine, theirs)
  if mine and theirs then return "internal" end
  return mine and "outbound" or "inbound"
end

local function call_event(json, call, event)
  local from, to, caller, called = ends(json)
  local state = text.of(json.call_state)
  event.direction = live_direction(caller, called)
  if event.direction == "internal" then return { ignored = "internal" } end
  local inbound = event.direction == "inbound"
  event.contact = telephony.contact((inbound and from or to).number)
  -- Our own end may be a telephone's SIP address, which is no line.
  local ours = text.of(to.line_number, (inbound and to or from).number)
  if ours and string.sub(ours, 1, 4) ~= "sip:" then call.line = ours end
  local employee = inbound and called or caller
  call.leg, call.cause = text.of(json.call_id), text.of(json.disconnect_reason)
  -- A menu or a queue that takes a leg is nobody, and a leg's end is not the call's: the summary ends it.
  if state == "Appeared" then
    call.state, call.scope = "ringing", employee and "leg" or "call"
  elseif state == "Connected" then
    call.state = employee and "answered" or "ringing"
  elseif state == "Disconnected" then
    call.state = "ended"
  else
    return { ignored = "status_only" }
  end
  call.agents = telephony.agents(employee, state == "Connected" or nil)
  return { event }
end

local function summary(json, call, event)
  local from, to, caller, called = ends(json)
  event.direction = directions[text.of(json.call_direction)] or "unknown"
  if event.direction == "internal" then return { ignored = "internal" } end
  local outbound = event.direction == "outbound"
  event.contact = telephony.contact((outbound and to or from).number)
  call.state, call.scope, call.line = "summary", "call", text.of(json.line_number)
  call.cause = text.of(json.disconnect_reason)
  call.outcome = text.of(json.entry_result) == "1" and "answered" or "missed"
  call.agents = telephony.agents(outbound and caller or called, call.outcome == "answered")
  local created, talk, over = math.count(json.create_time), math.count(json.talk_time) or 0, math.count(json.end_time)
  call.talk_s = talk > 0 and over and over >= talk and over - talk or 0
  if talk > 0 and created and talk >= created then call.wait_s = talk - created end
  local started = time.parse(json.create_time)
  if started then event.occurred_at, call.at_source = started, "provider" end
  return { event }
end

return {
  name = "mango", kind = "telephony", title = "Mango Office",
  accepts = { methods = { "POST" }, body = "form", json_field = "json", limit = "64KiB" },
  settings = { api_key = { secret = true, required = true }, salt = { secret = true, required = true } },
  handshake = { { tail = "ping", reply = { text = "" } } },
  phones = { international_without_plus = true, anonymous = { "anonymous", "unknown" } },
  verify = {
    { kind = "static", key = "{settings.api_key}", from = "form.vpbx_api_key" },
    {
      kind = "hash", hash = "sha256", from = "form.sign", encoding = "hex",
      string = "{form.vpbx_api_key}{form.json}{settings.salt}",
    },
  },
  event_key = { "path.tail", "json.entry_id", "json.call_id", "json.seq", "json.recording_id", "json.recording_state" },
  reply = { body = '{"success":true}', type = "application/json" },

  map = function(request)
    local json, tail = request.json, request.tail
    if type(json) ~= "table" then return { ignored = "unsupported_kind" } end
    local thread = text.of(json.entry_id)
    if not thread then return { ignored = "unsupported_kind" } end
    local recording = text.of(json.recording_id)
    local call = { scope = "leg", at_source = "receipt", order = math.count(json.seq) }
    local event = {
      type = "call", direction = "unknown", thread = thread, raw_kind = tail, occurred_at = request.received_at,
      event_id = text.join(":", thread, tail, json.call_id, json.seq, recording), contact = {},
      call = call,
    }
    local at = time.parse(json.timestamp)
    if at then event.occurred_at, call.at_source = at, "provider" end

    if tail == "events/call" then return call_event(json, call, event) end
    if tail == "events/summary" then return summary(json, call, event) end
    if tail == "events/record/added" and recording then
      call.state, call.scope, call.recording = "recording", "call", { id = recording, needs_fetch = true }
      return { event }
    end
    -- events/recording tells of a file that is not there yet; the rest is not about who called.
    return { ignored = tail == "events/recording" and "status_only" or "unsupported_kind" }
  end,
}
