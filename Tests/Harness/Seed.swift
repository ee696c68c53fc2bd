import Foundation

/// A seeded generator (SplitMix64). Prints its seed, so that a failure can be run again with `LEADGATE_SEED`.
public struct Seed: RandomNumberGenerator, Sendable, CustomStringConvertible {
    public let seed: UInt64
    private var state: UInt64

    /// From `LEADGATE_SEED` if set, else by chance.
    public init(_ purpose: String = #function) {
        let given = ProcessInfo.processInfo.environment["LEADGATE_SEED"].flatMap { UInt64($0) }
        self.init(seed: given ?? UInt64.random(in: 1...UInt64(UInt32.max)))
        print("\(purpose): LEADGATE_SEED=\(seed)")
    }

    public init(seed: UInt64) {
        self.seed = seed
        state = seed
    }

    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    public var description: String { "LEADGATE_SEED=\(seed)" }
}
