-- For wrk: posts the one prepared request of BENCH_FILE again and again, for an endpoint that keeps nothing.

local text

function init()
  local file = assert(io.open(os.getenv("BENCH_FILE"), "rb"))
  text = file:read(tonumber(os.getenv("BENCH_SIZE")))
  file:close()
end

function request() return text end
