/// SplitMix64: the same seed gives the same run.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    mutating func chance(_ one: Int, in many: Int) -> Bool { Int.random(in: 0..<many, using: &self) < one }

    mutating func pick<Element>(_ list: [Element], or fallback: Element) -> Element {
        list.randomElement(using: &self) ?? fallback
    }

    /// Letters of several scripts, digits, signs, controls, emoji.
    mutating func text(upTo count: Int) -> String {
        let ranges: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0x61...0x7A, 0x400...0x4FF, 0xC0...0x17F, 0x4E00...0x4E40, 0x1F600...0x1F640,
            0x00...0x1F,
            0x300...0x330, 0xFF01...0xFF5E, 0x660...0x669, 0x2000...0x2066,
        ]
        var scalars = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0...count, using: &self) {
            let range = pick(ranges, or: 0x20...0x7E)
            if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &self)) { scalars.append(scalar) }
        }
        return String(scalars)
    }
}

/// All orders of a list (Heap's algorithm).
func permutations<Element>(_ list: [Element]) -> [[Element]] {
    var list = list
    var found: [[Element]] = []
    func go(_ count: Int) {
        if count <= 1 { return found.append(list) }
        for place in 0..<count {
            go(count - 1)
            list.swapAt(count.isMultiple(of: 2) ? place : 0, count - 1)
        }
    }
    go(list.count)
    return found
}
