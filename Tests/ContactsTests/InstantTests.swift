import Contacts
import Foundation
import Testing

@Suite("Instants and ids")
struct InstantTests {
    @Test("an instant and its text make each other, over all years")
    func roundTrip() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<20_000 {
            let microseconds = Int64.random(
                in: -62_135_596_800_000_000...253_402_300_799_999_999, using: &generator)
            let instant = Instant(microseconds: microseconds)
            let text = instant.iso8601
            #expect(text.utf8.count == 27)
            #expect(Instant(iso8601: text) == instant, "\(text)")
        }
    }

    @Test(
        "texts in the spellings of RFC 3339 are read",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-01-15T08:20:30.000000Z", 1_768_465_230_000_000),
            ("2026-01-15T10:20:30+02:00", 1_768_465_230_000_000),
            ("2026-01-15 03:20:30.5-0500", 1_768_465_230_500_000),
            ("2026-01-15t08:20:30,1234567z", 1_768_465_230_123_456), ("1969-12-31T23:59:59.999999Z", -1),
            ("2024-02-29T00:00:00Z", 1_709_164_800_000_000), ("2016-12-31T23:59:60Z", 1_483_228_800_000_000),
            ("2026-01-15T10:20:30+02", 1_768_465_230_000_000),
        ])
    func spellings(text: String, microseconds: Int64) {
        #expect(Instant(iso8601: text)?.microseconds == microseconds)
    }

    @Test(
        "other texts are not",
        arguments: [
            "", "2026", "2026-01-15", "2026-01-15T08:20:30", "2026-13-01T00:00:00Z", "2026-02-29T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-15T24:00:00Z", "2026-01-15T08:60:00Z", "2026-01-15T08:20:61Z",
            "2026-01-15T08:20:30.Z", "2026-01-15T08:20:30Z ", "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+01:00",
            "2026-01-15T08:20:30+24:00", "２０２６-01-15T08:20:30Z", "-026-01-15T08:20:30Z",
        ])
    func refused(text: String) { #expect(Instant(iso8601: text) == nil) }

    @Test("the calendar agrees with Foundation's")
    func calendar() {
        let formatter = ISO8601DateFormatter()
        for day in stride(from: Int64(-40_000), to: 60_000, by: 37) {
            let seconds = day * 86_400 + 3_723
            let theirs = formatter.string(from: Date(timeIntervalSince1970: Double(seconds))).dropLast()
            #expect(Instant(microseconds: seconds * 1_000_000).iso8601 == theirs + ".000000Z")
        }
    }

    @Test("times beyond what can be written stop at the ends, sums do not overflow")
    func ends() {
        #expect(Instant(microseconds: .max).iso8601 == "9999-12-31T23:59:59.999999Z")
        #expect(Instant(microseconds: .min).iso8601 == "0001-01-01T00:00:00.000000Z")
        #expect(Instant(microseconds: .max) + .seconds(1) == Instant(microseconds: .max))
        #expect(Instant(microseconds: .min) - .seconds(1) == Instant(microseconds: .min))
        #expect(Instant(microseconds: 5) - .microseconds(7) == Instant(microseconds: -2))
        #expect(Instant(microseconds: 5).duration(since: Instant(microseconds: 2)) == .microseconds(3))
        #expect(Instant(microseconds: 0) + .seconds(Int64.max) == Instant(microseconds: .max))
    }

    @Test("ids of version 7 have their bits right, sort by time and tell it")
    func idsOfVersion7() throws {
        var generator = SeededGenerator(seed: 3)
        var last: UUID?
        for step in 0..<2_000 {
            let instant = Instant(microseconds: 1_768_465_230_000_000 + Int64(step) * 1_000)
            let id = UUID.v7(at: instant, random: (generator.next(), generator.next()))
            #expect(id.text == id.uuidString.lowercased())
            #expect(Array(id.text)[14] == "7" && "89ab".contains(Array(id.text)[19]))
            #expect(id.instant == instant)
            #expect(id >= UUID.v7Floor(at: instant))
            if let last {
                #expect(last < id && last.text < id.text)
                #expect(last < UUID.v7Floor(at: instant))
            }
            last = id
        }
        #expect(UUID.v7(at: .now()) != UUID.v7(at: .now()))
        #expect(UUID.v7Floor(at: Instant(microseconds: -5)).text == "00000000-0000-7000-8000-000000000000")
        #expect(
            UUID.v7(at: Instant(microseconds: 0x0123_4567_89AB * 1_000), random: (.max, .max)).text
                == "01234567-89ab-7fff-bfff-ffffffffffff")
    }

    @Test("points sort for locking as PostgreSQL sorts their words, and by strength for deciding")
    func points() {
        #expect(PointKind.allCases.sorted() == [.email, .handle, .phone])
        #expect(PointKind.allCases.sorted { $0.strength > $1.strength } == [.phone, .email, .handle])
    }
}
