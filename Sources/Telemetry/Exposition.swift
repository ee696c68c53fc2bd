/// The spelling rules of OpenMetrics 1.0.

/// A letter or underscore, then letters, digits and underscores, all ASCII.
func isMetricName(_ name: String) -> Bool {
    guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
        return false
    }
    return name.unicodeScalars.allSatisfy {
        $0.isASCII && ($0.properties.isAlphabetic || isDigit($0) || $0 == "_")
    }
}

/// A label value or a help text: backslash, quote and line feed escaped; a NUL, which ends the text for some readers,
/// replaced.
func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\\": result += "\\\\"
        case "\"": result += "\\\""
        case "\n": result += "\\n"
        case "\0": result += "\u{FFFD}"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result
}

/// `{channel="pbx",reason="probe"}`, or nothing where there are no labels.
func labelText(_ labels: [Label], _ values: [String]) -> String {
    guard !labels.isEmpty else { return "" }
    return "{" + zip(labels, values).map { "\($0.name)=\"\(escaped($1))\"" }.joined(separator: ",") + "}"
}

/// `1.0`, `0.0025`, `+Inf`, `-Inf`, `NaN`.
func number(_ value: Double) -> String {
    if value.isNaN { return "NaN" }
    if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
    return "\(value)"
}

private func isDigit(_ scalar: Unicode.Scalar) -> Bool {
    ("0"..."9").contains(scalar)
}
