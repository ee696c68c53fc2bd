import Foundation

extension String {
    /// NFKC; ASCII is left alone.
    var compatible: String {
        utf8.allSatisfy { $0 < 0x80 } ? self : precomposedStringWithCompatibilityMapping
    }
}
