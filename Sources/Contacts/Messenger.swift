/// Messengers as people write themselves down in forms.
enum Messenger {
    /// What a nickname or a link says.
    enum Reading: Equatable {
        /// `provider::name`, lower case; the account is empty, since a typed name tells none.
        case handle(String)
        case phone(String)
    }

    /// - Parameters:
    ///   - provider: the messenger the field is for, nil if it does not say.
    ///   - isAsked: the field asks for a nickname, so `@` may be missing.
    static func read(_ value: String, provider: String?, isAsked: Bool) -> Reading? {
        guard value.utf8.count <= 200 else { return nil }
        let text = value.trimmed
        if text.utf8.contains(UInt8(ascii: "/")), let linked = link(text) { return linked }
        if text.hasPrefix("@") {
            return nick(text.dropFirst()).map { .handle("\(provider ?? "telegram")::\($0)") }
        }
        guard isAsked, let provider else { return nil }
        return nick(text[...]).map { .handle("\(provider)::\($0)") }
    }

    /// The messenger a word names: `Telegram`, `WhatsApp`.
    static func provider(named value: String) -> String? {
        guard value.utf8.count <= 60 else { return nil }
        let text = value.lowercased()
        for (provider, words) in names where words.contains(where: { text.contains($0) }) { return provider }
        return nil
    }

    private static let names: [(String, [String])] = [
        ("telegram", ["telegram", "телеграм"]), ("instagram", ["instagram", "инстаграм", "інстаграм"]),
        ("skype", ["skype", "скайп"]), ("vk", ["vkontakte", "вконтакте"]),
        ("whatsapp", ["whatsapp", "ватсап"]),
        ("viber", ["viber", "вайбер"]),
    ]

    private static let hosts: [String: String] = [
        "t.me": "telegram", "telegram.me": "telegram", "telegram.dog": "telegram", "vk.com": "vk",
        "m.vk.com": "vk",
        "vk.ru": "vk", "instagram.com": "instagram", "instagr.am": "instagram", "facebook.com": "facebook",
        "fb.com": "facebook", "m.me": "facebook", "wa.me": "whatsapp", "api.whatsapp.com": "whatsapp",
    ]

    /// Pages of the messengers that are nobody's.
    private static let pages: Set<String> = [
        "joinchat", "addstickers", "share", "s", "c", "p", "reel", "reels", "stories", "explore",
        "profile.php", "groups",
        "pages", "watch", "feed", "im", "sharer", "proxy", "socks",
    ]

    private static func link(_ text: String) -> Reading? {
        var rest = text[...]
        for scheme in ["https://", "http://"] where rest.lowercased().hasPrefix(scheme) {
            rest = rest.dropFirst(scheme.count)
        }
        if rest.lowercased().hasPrefix("www.") { rest = rest.dropFirst(4) }
        guard let slash = rest.firstIndex(of: "/"), let provider = hosts[rest[..<slash].lowercased()] else {
            return nil
        }
        let path = rest[rest.index(after: slash)...]
        if provider == "whatsapp" {
            let number = path.hasPrefix("send") ? path.drop { $0 != "=" }.dropFirst() : path
            return phone(number.prefix { $0 != "?" && $0 != "&" && $0 != "/" })
        }
        let name = path.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        if name.hasPrefix("+") { return phone(name) }
        return nick(name).flatMap { pages.contains($0) ? nil : .handle("\(provider)::\($0)") }
    }

    private static func phone(_ text: Substring) -> Reading? {
        let digits = text.unicodeScalars.filter(\.isDigit)
        guard (7...15).contains(digits.count), text.unicodeScalars.allSatisfy({ $0.isDigit || $0 == "+" })
        else {
            return nil
        }
        return .phone("+" + String(String.UnicodeScalarView(digits)))
    }

    /// Answers that are no names; without this all who write "none" would be one person.
    private static let empty: Set<String> = [
        "none", "null", "undefined", "nothing", "test", "telegram", "instagram", "skype", "username", "nick",
        "nickname",
        "name", "unknown", "empty", "no_telegram", "notelegram", "whatsapp", "viber", "yes", "true", "false",
    ]

    private static func nick(_ text: Substring) -> String? {
        let name = text.lowercased()
        guard (3...64).contains(name.utf8.count), !empty.contains(name),
            name.utf8.allSatisfy({
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: ".") || $0 == UInt8(ascii: "-")
            })
        else { return nil }
        return name
    }
}
