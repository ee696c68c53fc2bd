import JSON
import Testing

/// SplitMix64: the same numbers for the same seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var bits = state
        bits = (bits ^ bits >> 30) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ bits >> 27) &* 0x94D0_49BB_1331_11EB
        return bits ^ bits >> 31
    }

    mutating func text() -> String {
        let alphabets: [ClosedRange<UInt32>] = [
            0x20...0x7E, 0...0x1F, 0x80...0x7FF, 0x2020...0x2030, 0xE000...0xFFFF, 0x1F600...0x1F64F,
        ]
        var text = ""
        for _ in 0..<Int.random(in: 0...12, using: &self) {
            let isPlain = Int.random(in: 0...2, using: &self) > 0
            let range = isPlain ? 0 : Int.random(in: 1..<alphabets.count, using: &self)
            guard let scalar = Unicode.Scalar(UInt32.random(in: alphabets[range], using: &self)) else {
                continue
            }
            text.unicodeScalars.append(scalar)
        }
        return text
    }

    mutating func value(depth: Int) -> JSON {
        switch Int.random(in: 0...(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2: return .integer(Int64(bitPattern: next()) >> Int64.random(in: 0...63, using: &self))
        case 3:
            return .number(
                "\(Int.random(in: -99...99, using: &self)).\(Int.random(in: 0...999, using: &self))e-3")
        case 4, 5: return .string(text())
        case 6: return .array((0..<Int.random(in: 0...5, using: &self)).map { _ in value(depth: depth - 1) })
        default:
            return .object(
                JSONObject(
                    (0..<Int.random(in: 0...20, using: &self)).map { _ in (text(), value(depth: depth - 1)) })
            )
        }
    }
}

@Suite("JSON properties")
struct PropertyTests {
    @Test("what is written is read back as it was", arguments: UInt64(1)...40)
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        for _ in 0..<25 {
            let value = generator.value(depth: 4)
            for text in [value.text(), value.text(sortedKeys: true, pretty: true)] {
                let again = try JSON.parse(text)
                #expect(again == value, "seed \(seed)")
                #expect(again.text(sortedKeys: true) == value.text(sortedKeys: true), "seed \(seed)")
            }
        }
    }

    @Test("random bytes and damaged texts never crash", arguments: UInt64(1)...40)
    func damage(seed: UInt64) throws {
        var generator = SeededGenerator(state: seed)
        let syntax = Array("{}[]\",:\\u0123dDeE+-.tfn \u{0}\u{80}é".utf8)
        for _ in 0..<200 {
            let length = Int.random(in: 0...60, using: &generator)
            let noise = (0..<length).map { _ in syntax.randomElement(using: &generator) ?? 0 }
            check(noise)
            var text = Array(generator.value(depth: 3).text().utf8)
            for _ in 0...3 where !text.isEmpty {
                let place = Int.random(in: 0..<text.count, using: &generator)
                text[place] = UInt8.random(in: 0...255, using: &generator)
            }
            check(text)
        }
    }

    /// Either a failure inside the text, or a value whose text says the same.
    private func check(_ bytes: [UInt8]) {
        do {
            let value = try JSON.parse(bytes)
            #expect(try JSON.parse(value.text()) == value)
        } catch .malformed(let offset, _) {
            #expect(offset <= bytes.count)
        } catch {}
    }
}
