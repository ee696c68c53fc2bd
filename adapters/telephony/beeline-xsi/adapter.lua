-- Beeline Cloud PBX and other BroadSoft (Webex) systems: XSI events. A public receiver of Beeline's, captured events of
-- two other operators and public parsers of http://schema.broadsoft.com/xsi, read 2026-11-23.

local states = { Alerting = "ringing", Active = "answered", Released = "ended" }
local moments = { Alerting = "startTime", Active = "answerTime", Released = "releaseTime" }

-- An element that has attributes is a table.
local function plain(value)
  if type(value) == "table" then value = value["#text"] end
  return text.of(value)
end

-- 1448397884828 in milliseconds; 0 is none.
local function moment_of(value)
  local count = math.count(plain(value))
  if count and count > 0 then return count end
end

-- Whole seconds between two of them, of a call that can be.
local function between(from, to)
  if from and to and to >= from and to - from < 86400 * 30 * 1000 then return (to - from) // 1000 end
end

-- tel:9161234567, sip:101@host or 4437259925@host
local function local_part(address)
  if not address or #address > 512 then return nil end
  return text.of((string.gsub(string.gsub(address, "^%a+:", ""), "@.*$", "")))
end

return {
  name = "beeline-xsi", kind = "telephony", title = "Beeline Cloud PBX (BroadSoft XSI)",
  unproven = "put together from captures of several operators; the mark of calls within an enterprise is not confirmed",
  accepts = { methods = { "POST" }, body = "xml", limit = "256KiB" },
  phones = { anonymous = { "anonymous", "unknown", "unavailable", "private" } },
  -- Nothing is signed: the token in the address is the secret.
  unsigned = { "all fields" },
  event_key = { "json.Event.eventID" },
  reply = { body = "OK" },

  map = function(request)
    local envelope = table.of(table.of(request.json).Event)
    local half = table.of(table.of(envelope.eventData).call)
    local remote = table.of(half.remoteParty)
    local id, thread, leg = plain(envelope.eventID), plain(half.extTrackingId), plain(half.callId)
    local word, employee = plain(half.state), local_part(plain(envelope.targetId))
    local state = states[word]
    if not id or not thread or #id > 512 or #thread > 512 or (leg and #leg > 512) then
      return { ignored = "unsupported_kind" }
    end
    if not state then return { ignored = "status_only" } end
    if (plain(remote.callType) or "Network") ~= "Network" then return { ignored = "internal" } end

    local at = time.parse(moment_of(half[moments[word]]))
    local started, answered, over = moment_of(half.startTime), moment_of(half.answerTime), moment_of(half.releaseTime)
    local call = {
      state = state, scope = "call", at_source = at and "provider" or "receipt", leg = leg,
      order = math.count(plain(envelope.sequenceNumber)),
    }
    -- Each employee whom a call rings at has a half of it, so what is said of one who does not answer decides nothing.
    if state == "answered" then call.scope = "leg" end
    if state ~= "ringing" and answered then
      call.wait_s = between(started, answered)
      if state == "ended" then call.outcome, call.talk_s = "answered", between(answered, over) end
    end
    if employee then
      call.agents = telephony.agents(employee, state == "answered" or (state == "ended" and answered ~= nil) or nil)
    end
    return {
      {
        type = "call", direction = plain(half.personality) == "Originator" and "outbound" or "inbound",
        thread = thread, event_id = id, raw_kind = plain(table.of(envelope.eventData)["@type"]),
        occurred_at = at or request.received_at, call = call,
        contact = telephony.contact(local_part(plain(remote.address)), plain(remote.name)),
      },
    }
  end,
}
