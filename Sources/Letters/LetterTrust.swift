import MIME

/// Whether the sender's address is the sender's own, as our server found (RFC 8601, RFC 7489).
public enum LetterTrust: String, Sendable, Hashable, CaseIterable {
    /// DMARC passed for the domain of From.
    case pass
    /// DMARC failed: somebody else may have written this.
    case fail
    /// Our server says nothing, or there is no server whose word counts.
    case unknown

    /// Reads the Authentication-Results of `authservID` only: anybody may put such a field into a letter, and a server takes out
    /// those that bear its own name. Of several the topmost that speaks of DMARC counts, since it was added last.
    init(_ root: MIMEPart, from domain: String, authservID: String?) {
        self = .unknown
        guard let authservID, root.values("from").count == 1 else { return }
        for value in root.values("authentication-results") {
            let statements = AuthenticationResults(value)
            guard statements.server == authservID,
                let dmarc = statements.results.first(where: { $0.method == "dmarc" })
            else { continue }
            let isOthers =
                dmarc.properties["header.from"].map { $0 != domain && !domain.hasSuffix("." + $0) } ?? false
            switch dmarc.result {
            case "pass": self = isOthers ? .unknown : .pass
            case "fail", "permerror": self = .fail
            default: self = .unknown
            }
            return
        }
    }
}

/// One field, taken apart: `mx.example; dmarc=pass (p=none) header.from=example.com; spf=fail`.
struct AuthenticationResults {
    struct Result {
        let method: String
        let result: String
        let properties: [String: String]
    }
    /// Lower case.
    let server: String
    let results: [Result]

    init(_ value: String) {
        let parts = Self.withoutComments(value).split(separator: ";").map {
            $0.split(whereSeparator: \.isWhitespace)
        }
        server = parts.first?.first.map { $0.lowercased() } ?? ""
        results = parts.dropFirst().compactMap { words in
            let pairs = words.compactMap { word -> (String, String)? in
                guard let equals = word.firstIndex(of: "=") else { return nil }
                return (word[..<equals].lowercased(), word[word.index(after: equals)...].lowercased())
            }
            guard let (name, result) = pairs.first else { return nil }
            return Result(
                method: String(name.prefix { $0 != "/" }), result: result,
                properties: Dictionary(pairs.dropFirst(), uniquingKeysWith: { first, _ in first }))
        }
    }

    /// Comments may hold anything, even `; dmarc=pass`; a quoted text, too, is emptied of what parts a field.
    private static func withoutComments(_ value: String) -> String {
        var result = String.UnicodeScalarView()
        var (depth, isQuoted, isEscaped) = (0, false, false)
        for scalar in value.unicodeScalars {
            if isEscaped {
                isEscaped = false
            } else if scalar == "\\" {
                isEscaped = true
            } else if depth == 0, scalar == "\"" {
                isQuoted.toggle()
            } else if isQuoted {
                result.append(scalar == ";" || scalar == "=" || scalar.value <= 0x20 ? "_" : scalar)
            } else if scalar == "(" {
                depth += 1
            } else if scalar == ")" {
                depth = max(0, depth - 1)
                result.append(" ")
            } else if depth == 0 {
                result.append(scalar)
            }
        }
        return String(result)
    }
}
