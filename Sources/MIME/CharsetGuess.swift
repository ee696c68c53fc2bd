/// The charset that bytes beyond ASCII, which are not UTF-8, were likely written in: a Cyrillic one, or CP1252 where high
/// bytes stand alone between Latin letters.
///
/// - Parameter declared: iconv's name of the charset that was stated; it stays unless another reads clearly better.
func likeliestCharset(_ bytes: [UInt8], declared: String?) -> String {
    let sample = Array(bytes.prefix(16 << 10))
    let isLatin = isLatin(sample)
    if let declared, !cyrillicTables.keys.contains(declared) {
        // A Western, Greek or other page: only Cyrillic words, whole ones, speak against it.
        guard isLatinName(declared), !isLatin else { return declared }
    }
    if declared == nil, isLatin { return "CP1252" }
    let scores = cyrillicTables.map { (name: $0.key, score: score(sample, $0.value)) }
    let best = scores.max { ($0.score, $1.name) < ($1.score, $0.name) }
    guard let best else { return declared ?? "CP1252" }
    guard let declared else { return best.score > 0 ? best.name : "CP1252" }
    let own = scores.first { $0.name == declared }?.score ?? 0
    // A word or two prove nothing.
    let isEnough = sample.count { $0 >= 0x80 } >= 12
    return isEnough && best.score > 0.6 && best.score > own + 0.2 ? best.name : declared
}

private func isLatinName(_ name: String) -> Bool {
    ["CP1252", "CP1250", "ISO-8859-1", "ISO-8859-2", "ISO-8859-15", "CP850", "CP437", "MACINTOSH"].contains(
        name)
}

/// Whether most bytes beyond ASCII touch a Latin letter or stand alone: "Müller", not "Привет".
private func isLatin(_ bytes: [UInt8]) -> Bool {
    var (alone, together) = (0, 0)
    for place in bytes.indices where bytes[place] >= 0x80 {
        let before = place > 0 ? bytes[place - 1] : 0x20
        let after = place + 1 < bytes.count ? bytes[place + 1] : 0x20
        let touchesLatin = isLetter(before) || isLetter(after)
        if touchesLatin || (before < 0x80 && after < 0x80) { alone += 1 } else { together += 1 }
    }
    return alone >= together
}

private func isLetter(_ byte: UInt8) -> Bool { (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) }

/// How much like Russian, Ukrainian or Belarusian the bytes read by a table: about 1 for a text, below 0 for noise.
private func score(_ bytes: [UInt8], _ table: [Unicode.Scalar]) -> Double {
    var (sum, count) = (0.0, 0)
    var isAfterLower = false
    for byte in bytes {
        guard byte >= 0x80 else {
            isAfterLower = false
            continue
        }
        let scalar = table[Int(byte) - 128]
        count += 1
        if let weight = lowerWeights[scalar] {
            sum += weight
            isAfterLower = true
        } else if (0x400...0x42F).contains(scalar.value) || scalar == "Ґ" {
            // A capital inside a word: KOI8 read as windows-1251 is full of them.
            let weight =
                scalar.properties.lowercaseMapping.unicodeScalars.first.flatMap { lowerWeights[$0] } ?? 0
            sum += isAfterLower ? -1.5 : weight * 0.9
            isAfterLower = false
        } else {
            sum += "«»№–—“”’…\u{A0}".unicodeScalars.contains(scalar) ? 0 : -1.5
            isAfterLower = false
        }
    }
    return count == 0 ? 0 : sum / Double(count)
}

private let lowerWeights: [Unicode.Scalar: Double] = {
    var weights: [Unicode.Scalar: Double] = [:]
    for (letters, weight) in [
        ("оеаиінтсрвл", 1.3), ("кмдпуяыьзгбчй", 1.0), ("хжшюцщэфїєґ", 0.2), ("ъёўј", -0.2),
        ("ђѓљњћќџѕ", -1.0),
    ] {
        for letter in letters.unicodeScalars where weights[letter] == nil { weights[letter] = weight }
    }
    return weights
}()

/// What the bytes from 0x80 on stand for, by iconv's names.
private let cyrillicTables: [String: [Unicode.Scalar]] = {
    var tables: [String: [Unicode.Scalar]] = [:]
    for name in ["CP1251", "KOI8-U", "CP866", "ISO-8859-5", "MAC-CYRILLIC"] {
        tables[name] = (UInt8(0x80)...0xFF).map {
            converted([$0], from: name)?.unicodeScalars.first ?? "\u{FFFD}"
        }
    }
    return tables
}()
