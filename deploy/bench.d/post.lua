-- For wrk: posts prepared requests (requests.py), none of them twice. Each thread takes a slice of its own.
--
-- Told by the environment, since wrk hands its arguments to the threads only:
--   BENCH_FILE, BENCH_SIZE      the requests, and the bytes of one
--   BENCH_FIRST, BENCH_COUNT    which of them are to be sent
--   BENCH_THREADS               as wrk's -t
--   BENCH_DONE                  a thread that has sent its slice makes the file <BENCH_DONE>.<thread> and stops

local started = 0

function setup(thread)
  thread:set("number", started)
  started = started + 1
end

local size, left, file, shown

function init()
  local count, threads = tonumber(os.getenv("BENCH_COUNT")), tonumber(os.getenv("BENCH_THREADS"))
  local from = math.floor(count * number / threads)
  size, left = tonumber(os.getenv("BENCH_SIZE")), math.floor(count * (number + 1) / threads) - from
  file = assert(io.open(os.getenv("BENCH_FILE"), "rb"))
  file:setvbuf("full", 1048576)
  file:seek("set", (tonumber(os.getenv("BENCH_FIRST")) + from) * size)
end

function request()
  if number == 0 and not shown then
    -- wrk asks for one beforehand and only looks at it.
    shown = true
    local text = file:read(size)
    file:seek("cur", -size)
    return text
  end
  if left > 0 then
    left = left - 1
    return file:read(size)
  end
  -- Those on the way are answered into nothing; the server has them whole.
  assert(io.open(os.getenv("BENCH_DONE") .. "." .. number, "w")):close()
  wrk.thread:stop()
  return "GET /health/live HTTP/1.1\r\nHost: bench\r\n\r\n"
end
