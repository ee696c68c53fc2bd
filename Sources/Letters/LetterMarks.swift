import Contacts

/// The lines by which mail programs and people introduce a quotation, a letter sent on, or a signature; English, Russian,
/// Ukrainian, and the commonest of other languages.
enum LetterMarks {
    struct Mark {
        /// Where the mark begins and where it ends.
        let line: Int
        let end: Int
        let isForward: Bool
        /// Fields of the old letter rather than a sentence: everything below belongs to it, `>` or not.
        let isBlock: Bool
    }

    /// Only so many lines are looked at: who writes more before the quotation wrote a report.
    private static let horizon = 4_000

    static func firstMark(in lines: [LetterLine]) -> Mark? {
        for place in lines.indices.prefix(horizon) where !lines[place].isBlank && !lines[place].isQuoted {
            guard let text = lines[place].mark else { continue }
            if let isForward = dashed(text) {
                return Mark(line: place, end: place + 1, isForward: isForward, isBlock: true)
            }
            if let end = sentence(lines, place, text) {
                return Mark(line: place, end: end, isForward: false, isBlock: false)
            }
            if isFieldBlock(lines, place, text) {
                let above = place > 0 ? place - 1 : place
                let start = lines[above].mark.map(isRule) == true ? above : place
                return Mark(line: start, end: place + 1, isForward: false, isBlock: true)
            }
        }
        return nil
    }

    // MARK: - "---- Original message ----"

    /// Nil for other lines, else whether a letter is sent on.
    private static func dashed(_ text: String) -> Bool? {
        let isOpened = forwardOpenings.contains { text.hasPrefix($0) } && text.hasSuffix(":")
        if isOpened, text.utf8.count < 120 { return true }
        guard text.hasPrefix("--") || text.hasPrefix("==") || text.hasPrefix("__") || text.hasPrefix("*-")
        else { return nil }
        let words = text.trimming("-=_* ")
        guard (3...80).contains(words.count) else { return nil }
        if forwardWords.contains(where: { words.hasPrefix($0) }) { return true }
        return originalWords.contains { words.hasPrefix($0) } ? false : nil
    }

    private static let forwardWords = [
        "forwarded message", "forwarded by", "пересылаемое сообщение", "пересланное сообщение",
        "перенаправленное сообщение",
        "переслане повідомлення", "перенаправлене повідомлення", "конец пересылаемого",
        "weitergeleitete nachricht",
        "message transféré", "mensaje reenviado", "wiadomość przekazana",
    ]
    private static let forwardOpenings = [
        "begin forwarded message", "начало переадресованного сообщения", "начало пересылаемого сообщения",
        "початок переадресованого повідомлення", "початок пересланого повідомлення",
    ]
    private static let originalWords = [
        "original message", "original appointment", "исходное сообщение", "оригинальное сообщение",
        "исходное письмо",
        "оригінальне повідомлення", "вихідне повідомлення", "початкове повідомлення",
        "ursprüngliche nachricht",
        "message d'origine", "mensaje original", "reply message", "ответ на сообщение",
        "reply above this line",
    ]

    // MARK: - "On Monday Ann wrote:"

    /// Nil, or where the sentence ends; programs break it over up to three lines.
    private static func sentence(_ lines: [LetterLine], _ place: Int, _ first: String) -> Int? {
        var text = ""
        for end in place..<min(place + 3, lines.count) {
            guard !lines[end].isBlank || end > place, let part = end == place ? first : lines[end].mark else {
                return nil
            }
            if lines[end].isBlank { return nil }
            text += text.isEmpty ? part : " " + part
            if text.hasSuffix(":"), introduces(text) { return end + 1 }
            if text.utf8.count > 400 { return nil }
        }
        return nil
    }

    private static func introduces(_ text: String) -> Bool {
        guard wrote.contains(where: { text.contains($0) }) else { return false }
        let hasDate = text.contains { $0.isNumber } && (text.contains(":") || text.contains("."))
        // "Ann Lee <ann@example.com> wrote:" has no date, "Here is what I wrote:" has neither.
        return hasDate && text.filter(\.isNumber).count >= 3 || text.contains("@")
    }

    private static let wrote = [
        "wrote:", "writes:", "пишет:", "написал:", "написала:", "написал(а):", "написал (а):", "писал:",
        "писала:", "писал(а):",
        "пише:", "написав:", "написала:", "написав(ла):", "написав (-ла):", "написав(-ла):", "писав:",
        "писав(ла):", "schrieb:", " schrieb ",
        "a écrit :", "a écrit:", "escribió:", "ha scritto:", "napisał:", "napisał(a):", "escreveu:",
        "wrote :", "пишет :", "написал :", "пише :", ">:",
    ]

    // MARK: - From, Sent, To, Subject

    private static func isFieldBlock(_ lines: [LetterLine], _ place: Int, _ text: String) -> Bool {
        guard let name = fieldName(text), fromNames.contains(name) else { return false }
        let below = lines[(place + 1)...].prefix(6).compactMap(\.mark).compactMap(fieldName)
        return Set(below).intersection(otherNames).count >= 2
    }

    private static func fieldName(_ text: String) -> String? {
        guard let colon = text.firstIndex(of: ":") else { return nil }
        let name = text[..<colon].trimming("* ")
        return name.utf8.count <= 40 ? name : nil
    }

    private static let fromNames: Set<String> = [
        "from", "от", "от кого", "від", "від кого", "von", "de", "od", "da",
    ]
    private static let otherNames: Set<String> = [
        "sent", "date", "to", "subject", "cc", "отправлено", "дата", "кому", "тема", "копия", "надіслано",
        "відправлено", "копія",
        "gesendet", "an", "betreff", "envoyé", "à", "objet", "enviado", "para", "asunto", "assunto",
        "wysłano", "do", "temat",
        "sent by", "дата отправки", "когда",
    ]

    private static func isRule(_ text: String) -> Bool {
        text.utf8.count >= 5 && text.allSatisfy { $0 == "_" || $0 == "-" || $0 == "=" || $0 == "*" }
    }

    // MARK: - Signatures

    /// Where the signature begins: a line of `--`, a program's own line, or a farewell near the end with few lines below.
    static func signature(in lines: [LetterLine]) -> Int? {
        if let mark = lines.firstIndex(where: { line in
            line.text == "-- " || line.text.trimmed == "--" || line.text.trimmed == "—"
        }) {
            return mark
        }
        guard let last = lines.lastIndex(where: { !$0.isBlank }) else { return nil }
        for place in lines.indices.dropFirst() where !lines[place].isBlank && last - place <= 12 {
            guard let text = lines[place].mark, text.utf8.count <= 160 else { continue }
            if programs.contains(where: { text.hasPrefix($0) }) { return place }
            let bare = text.trimming("-–— ")
            if text.count <= 60, farewells.contains(where: { bare.hasPrefix($0) }) { return place }
        }
        return nil
    }

    private static let programs = [
        "sent from my ", "sent from mail for", "sent from outlook", "get outlook for", "sent via ",
        "отправлено с ",
        "отправлено из ", "отправлено от ", "послано с ", "надіслано з ", "надіслано із ", "відправлено з ",
        "надіслано через",
        "von meinem iphone", "envoyé de mon", "enviado desde mi",
    ]
    private static let farewells = [
        "с уважением", "с наилучшими", "всего доброго", "с пожеланиями", "з повагою", "з найкращими",
        "всього найкращого",
        "best regards", "kind regards", "warm regards", "regards,", "best wishes", "sincerely", "yours truly",
        "yours sincerely",
        "yours faithfully", "many thanks,", "cheers,", "best,", "mit freundlichen", "cordialement", "saludos",
        "cordiali saluti",
        "pozdrawiam", "atenciosamente",
    ]
}

extension String {
    /// Without these characters at both ends.
    func trimming(_ characters: String) -> String {
        var rest = self[...]
        while let first = rest.first, characters.contains(first) { rest.removeFirst() }
        while let last = rest.last, characters.contains(last) { rest.removeLast() }
        return String(rest)
    }
}

extension Substring {
    func trimming(_ characters: String) -> String { String(self).trimming(characters) }
}
