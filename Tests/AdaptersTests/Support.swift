import Contacts
import Foundation
import JSON
import Testing

@testable import Adapters

/// The tree this test was compiled from.
let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().path

let adaptersFolder = repository + "/adapters"

/// An adapter that only has what a test is about.
func makeAdapter(_ data: String, map: String = "return { ignored = 'probe' }") throws -> Adapter {
    try Adapter(
        source: """
            return {
              name = "test", kind = "telephony", title = "Test",
              \(data)
              map = function(request) \(map) end,
            }
            """, folder: "/nowhere/telephony/test")
}

let moment = Instant(microseconds: 1_768_465_230_000_000)

func makeRequest(
    _ method: String = "POST", query: String = "", headers: [(String, String)] = [], body: String = "",
    url: String = "https://leads.example.com/in/test/token", tail: String = "", remote: String = "203.0.113.7"
) -> InboundRequest {
    InboundRequest(
        method: method, tail: tail, query: query, headers: headers.map { Header($0.0, $0.1) },
        body: Array(body.utf8), remote: remote, receivedAt: moment, url: url)
}

func makeChannel(secrets: [String: [String]] = [:], settings: [String: [String]] = [:]) -> Channel {
    Channel(
        key: "test", adapter: "test", tokens: ["url-token"], settings: settings,
        secrets: secrets.mapValues { $0.map { Secret($0) } }, region: "UA")
}

extension Reception {
    var accepted: Accepted? { if case .accepted(let accepted) = self { accepted } else { nil } }
    var rejection: RejectionReason? { if case .rejected(let reason) = self { reason } else { nil } }
    var handshake: Reply? { if case .handshake(let reply) = self { reply } else { nil } }
}

/// A repeatable generator (SplitMix64).
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
}
