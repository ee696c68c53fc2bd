-- sipgate.io push API. sipgate/sipgate.io README.md (its last full revision) and sipgate-io/sipgateio-node lib/webhook
-- with its tests, read 2026-11-24.

-- The vendor's own, the same for every customer.
local public_key = [[
-----BEGIN PUBLIC KEY-----
MIICIjANBgkqhkiG9w0BAQEFAAOCAg8AMIICCgKCAgEAvFdlnqRfO5TmqzjtsFVC
qPz+oW+poi3lXQFvMJJMEAtlU4MbX+yuIkgnC+Qt3AQWIK+oWSEQiybg+p39wEMl
16PZxEzf9gONQvTg1XhyHnwqYUFQj/AoxPKGYC3jmdjZ224SrESiTN3CdxoOc3vk
cXiQstYE7SxnksPtzfk0aIOkicim5/tAP9izNQ18/zmX3ChjK2k72gf5dDlq+qZ8
pRiHAPZ64TySH6cLQDhaoh6Nbq8FEG3usXXPClbUMh2DZaTMPafpd+LNuTngJ/y+
KoZasVuFfXAeBqGA6l5d4Uedfr99Z6qjwDrJ8sU4z2Do9bJrbuqP+mOXEebhSI1K
vi8trEfrIt8hnDBGsBaB9NEO3kYxvDT2/PhC9fNYFocjEpZNd7/mUqTJDYlpa4UC
NDQaU+ATdXG8/P5sGAegks6MQTu+qe9XTO0CV48eswDkz6g3UbLOwmrJK59SjD3J
yAZ52sluwyDKRWw/PPTt8BTQLjvkdbiLUlc4ehJ4b1X7D7diYWHDPeFL47cAvaXh
dXVrZDeBJYibvD1jRx4ES0KlfhwzNXBYUoM/Movg9zMM2PzyHHKS//xIjwUC/FJ6
/6eykno0Hy2B1ev6s3hdY6VkN2zd7Wf+EK4DxRliwsg1U99szFE3ewLfexF+Uag5
M+TfPtOUumI/NHMTvsRW9+ECAwEAAQ==
-----END PUBLIC KEY-----]]

-- noAnswer is a call that was refused, cancel a caller who gave up; normalClearing says nothing of its own.
local outcomes = {
  busy = "busy", cancel = "cancelled", noAnswer = "rejected", congestion = "failed", notFound = "failed",
}
local states = { newCall = "ringing", answer = "answered", hangup = "ended" }
local directions = { ["in"] = "inbound", out = "outbound" }

return {
  name = "sipgate", kind = "telephony", title = "sipgate",
  unproven = "no delivery has been seen; the signature is from the vendor's library and its test",
  accepts = { methods = { "POST" }, body = "form", limit = "64KiB" },
  -- To be given only if the vendor changes its key.
  settings = { public_key = { default = public_key } },
  phones = { international_without_plus = true, anonymous = { "anonymous" } },
  verify = {
    {
      kind = "rsa", hash = "sha256", key = "{settings.public_key}", from = "header.X-Sipgate-Signature",
      encoding = "base64", string = "{body}",
    },
  },
  event_key = { "form.callId", "form.event", "form.origCallId", "form.user" },
  -- The other events come only if this asks for them.
  reply = {
    cases = {
      {
        when = { ["form.event"] = "newCall" }, type = "application/xml",
        text = '<?xml version="1.0" encoding="UTF-8"?>'
          .. '<Response onAnswer="{xmlenc(url_base)}" onHangup="{xmlenc(url_base)}"/>',
      },
    },
  },

  map = function(request)
    local form = request.form
    local kind, own, origin = text.of(form.event), text.of(form.callId), text.of(form.origCallId)
    local state, direction = states[kind], directions[text.of(form.direction)]
    local id = text.join(":", own, kind)
    if not own or not state or not direction or #id > 512 or (origin and #origin > 512) then
      return { ignored = "unsupported_kind" }
    end

    local client, line = form.from, form.to
    if direction == "outbound" then client, line = line, client end
    local call = { state = state, scope = "call", at_source = "receipt", line = text.of(line) }
    -- A transferred call has an id of its own and names the first one.
    if origin then call.leg = own end
    if state == "ringing" then
      local names = type(form["user[]"]) == "table" and form["user[]"] or { form["user[]"] }
      for place = 1, math.min(#names, 50) do
        for _, agent in ipairs(telephony.agents(names[place]) or {}) do
          call.agents = call.agents or {}
          call.agents[#call.agents + 1] = agent
        end
      end
    elseif state == "answered" then
      if text.of(form.user) == "voicemail" then
        call.outcome = "voicemail"
      else
        call.agents = telephony.agents(form.user, true)
      end
    else
      call.cause = text.of(form.cause)
      call.outcome = outcomes[call.cause]
      -- It goes on under the id of the call it was forwarded as.
      if call.cause == "forwarded" then call.scope, call.leg = "leg", own end
    end
    return {
      {
        type = "call", direction = direction, thread = origin or own, event_id = id, raw_kind = kind,
        occurred_at = request.received_at, contact = telephony.contact(client), call = call,
      },
    }
  end,
}
