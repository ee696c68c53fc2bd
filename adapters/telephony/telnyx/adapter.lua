-- Telnyx Call Control v2. team-telnyx/telnyx-python src/telnyx/types/call_*.py, team-telnyx/telnyx-node
-- src/lib/webhooks.ts and its tests, read 2026-11-23. TeXML, which is another dialect, is not read.

return {
  name = "telnyx", kind = "telephony", title = "Telnyx",
  unproven = "no delivery has been seen; the first leg that hangs up is taken as the end of the call",
  accepts = { methods = { "POST" }, body = "json", limit = "256KiB" },
  -- The account's, in base 64.
  settings = { public_key = { required = true } },
  phones = { anonymous = { "anonymous" } },
  verify = {
    {
      kind = "ed25519", key = "{settings.public_key}", key_encoding = "base64",
      from = "header.telnyx-signature-ed25519", encoding = "base64", string = "{header.telnyx-timestamp}|{body}",
      timestamp = "header.telnyx-timestamp", tolerance = 300,
    },
  },
  event_key = { "json.data.id" },
  reply = {},

  map = function(request)
    local data = table.of(table.of(request.json).data)
    local payload = table.of(data.payload)
    local kind, id, thread = text.of(data.event_type), text.of(data.id), text.of(payload.call_session_id)
    local leg = text.of(payload.call_leg_id)
    if not id or not thread or #id > 512 or #thread > 512 or (leg and #leg > 512) then
      return { ignored = "unsupported_kind" }
    end

    local at = time.parse(text.of(data.occurred_at))
    local call = { scope = "call", at_source = at and "provider" or "receipt", leg = leg }
    -- Only the first event of a leg says which way it goes.
    local event = {
      type = "call", direction = "unknown", thread = thread, event_id = id, raw_kind = kind,
      occurred_at = at or request.received_at, contact = {}, call = call,
    }
    if kind == "call.initiated" then
      call.state = "ringing"
      if text.of(payload.direction) == "incoming" then
        event.direction, call.line = "inbound", text.of(payload.to)
        event.contact = telephony.contact(payload.from, payload.caller_id_name)
      else
        -- Whom the application calls: an employee of an inbound call, or a client. Nothing says which.
        call.scope = "leg"
      end
    elseif kind == "call.answered" then
      -- By the application, it may be.
      call.state, call.scope = "answered", "leg"
    elseif kind == "call.bridged" then
      call.state = "answered"
    elseif kind == "call.hangup" then
      call.state, call.cause = "ended", text.of(payload.hangup_cause)
    elseif kind == "call.recording.saved" then
      local files, public = table.of(payload.recording_urls), table.of(payload.public_recording_urls)
      local file = text.of(public.mp3, public.wav, files.mp3, files.wav)
      if not file then return { ignored = "status_only" } end
      call.state, call.recording = "recording", { url = file }
    else
      return { ignored = "status_only" }
    end
    return { event }
  end,
}
