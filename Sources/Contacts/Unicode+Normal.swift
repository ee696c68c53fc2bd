import Foundation

extension String {
    /// NFC; ASCII is left alone.
    var precomposed: String { utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCanonicalMapping }

    /// NFKC; ASCII is left alone.
    var compatible: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCompatibilityMapping
    }
}
