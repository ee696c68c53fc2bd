public import Contacts

extension Adapter {
    /// Decodes, verifies and keys a request. Pure: no script, no clock, no socket.
    ///
    /// The URL's token and the size limit while reading are the receiver's; the size is checked here again.
    ///
    /// - Parameter now: what signed timestamps are compared with.
    public func receive(_ request: InboundRequest, channel: Channel, now: Instant) -> Reception {
        guard definition.accepts.methods.contains(request.method) else {
            return .rejected(.unsupportedContent)
        }
        guard request.body.count <= definition.accepts.limit else { return .rejected(.tooLarge) }
        let evaluation = Evaluation(
            request: request, decoded: Decoder(accepts: definition.accepts).decode(request))

        let settings = SettingValues(channel: channel, definition: definition)
        for handshake in definition.handshakes where handshake.fits(evaluation) {
            if let rule = handshake.verify,
                case .rejected(let reason) = Verifier(
                    rule: rule, settings: settings, evaluation: evaluation, now: now
                ).judge()
            {
                return .rejected(reason)
            }
            return .handshake(handshake.reply.reply(in: evaluation, settings, limit: Handshake.replyLimit))
        }
        var verified: [String] = []
        for rule in definition.verify {
            switch Verifier(rule: rule, settings: settings, evaluation: evaluation, now: now).judge() {
            case .passed: verified.append(rule.word)
            case .skipped: continue
            case .rejected(let reason): return .rejected(reason)
            }
        }
        return .accepted(
            Accepted(
                verified: verified, key: definition.key(of: evaluation),
                lookup: lookup(in: evaluation, channel),
                reply: reply(in: evaluation, settings), undecodable: evaluation.decoded.failure != nil))
    }

    private func lookup(in evaluation: Evaluation, _ channel: Channel) -> LookupRequest? {
        guard let rule = definition.lookup, evaluation.holds(rule.conditions),
            let phone = evaluation.text(rule.phone),
            !phones(for: channel).isAnonymous(phone)
        else { return nil }
        return LookupRequest(phone: phone)
    }

    private func reply(in evaluation: Evaluation, _ settings: SettingValues) -> Reply {
        let profile = definition.reply
        let template = profile.cases.first { evaluation.holds($0.conditions) }?.reply ?? profile.standard
        return template.reply(in: evaluation, settings, limit: Int.max)
    }
}

extension Handshake {
    /// Bytes of an echo, which providers keep short; nobody gets more of their own words back.
    static let replyLimit = 1_024

    fileprivate func fits(_ evaluation: Evaluation) -> Bool {
        (methods.isEmpty || methods.contains(evaluation.request.method)) && evaluation.holds(conditions)
    }
}

extension ReplyTemplate {
    /// The answer with the first value of every setting. A value that was sent several times leaves the whole text empty.
    fileprivate func reply(in evaluation: Evaluation, _ settings: SettingValues, limit: Int) -> Reply {
        var evaluation = evaluation
        for selector in templates.flatMap(\.selectors) where selector.isConfigured {
            evaluation.choice[selector] = settings.values(selector).first
        }
        let body = Array((evaluation.fill(body) ?? []).prefix(limit))
        var lines = headers.map { header in
            let value = (evaluation.fill(header.value) ?? []).prefix(limit)
            return Header(header.name, String(decoding: value, as: UTF8.self).withoutControls)
        }
        if let type, !lines.contains(where: { $0.name == "content-type" }) {
            lines.append(Header("content-type", type))
            lines.append(Header("x-content-type-options", "nosniff"))
        }
        return Reply(status: status, headers: lines, body: body)
    }
}

extension String {
    /// Fit for a header line.
    var withoutControls: String {
        String(String.UnicodeScalarView(unicodeScalars.filter { $0.value >= 32 && $0.value != 127 }))
    }
}
