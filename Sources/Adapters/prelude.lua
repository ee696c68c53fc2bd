-- What every adapter needs for values that may be missing, of another type, or sent twice. Adapters' text and table libraries
-- hold these functions; adapters/README.md says what they are for.

function text.of(...)
  for place = 1, select("#", ...) do
    local value = select(place, ...)
    if type(value) == "table" then value = value[1] end
    if math.type(value) == "integer" then value = tostring(value) end
    if math.type(value) == "float" then value = string.format("%.14g", value) end
    if type(value) == "string" then
      value = text.trim(value)
      if value ~= "" then return value end
    end
  end
  return nil
end

function text.join(separator, ...)
  local parts = {}
  for place = 1, select("#", ...) do parts[place] = text.of((select(place, ...))) or "" end
  return table.concat(parts, separator)
end

function table.of(value)
  if type(value) == "table" then return value end
  return {}
end

function math.count(value)
  local number = math.tointeger(tonumber(text.of(value)))
  if number and number >= 0 then return number end
  return nil
end

local parse = time.parse

function time.parse(value, zone)
  if type(value) == "table" then return nil end
  return parse(value, zone)
end

telephony = {}

function telephony.contact(number, name)
  return { name = text.of(name), points = { { kind = "phone", value = text.of(number) or "anonymous" } } }
end

function telephony.seconds(value)
  local count = math.count(value)
  if count and count <= 86400 * 30 then return count end
  return nil
end

function telephony.agents(employee, answered)
  employee = text.of(employee)
  if not employee then return nil end
  if text.digits(employee) == employee then return { { extension = employee, answered = answered } } end
  return { { name = employee, answered = answered } }
end
