-- Only for deploy/bench: what a webhook costs before its signature, its key and its commit. Every request is answered as a
-- handshake: its head is checked, its token compared, its body read, and a short text sent back.
return {
  name = "bench-echo", kind = "messenger", title = "Echo of the bench",
  accepts = { methods = { "POST" }, body = "query", limit = "64KiB" },
  handshake = { { method = "POST", header = "Signature", reply = { body = "{}", type = "application/json" } } },
  map = function() return { ignored = "probe" } end,
}
