import Contacts
import Foundation
import Harness
import Postgres
import Store
import Testing

@Suite("The installation's rows")
struct InstallationTests {
    private static let now = Instant(microseconds: 1_768_465_230_000_000)

    private static func channels(_ count: Int) -> [RegisteredChannel] {
        (0..<count).map { RegisteredChannel(id: Int64(100 + $0), key: "channel-\($0)", adapter: "generic") }
    }

    @Test("many processes that start at the same moment register the same channels")
    func together() async throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        for round in 0..<20 {
            let sessions = 8
            let key = "workspace-\(round)"
            let id = Int64(1_000 + round)
            let channels = (0..<5).map {
                RegisteredChannel(id: Int64(round * 100 + $0), key: "\(key)-\($0)", adapter: "generic")
            }
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<sessions {
                    group.addTask {
                        try database.connect(role: "leadgate_serve")
                            .register(workspaceID: id, key: key, channels: channels, now: Self.now).count
                    }
                }
                for try await count in group { #expect(count == 5) }
            }
        }
    }

    @Test("a channel that is named no longer is retired, and active again when it is")
    func retires() throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try database.connect(role: "leadgate_serve")
        for (count, retired) in [(3, 0), (1, 2), (2, 1)] {
            let all = try connection.register(
                workspaceID: 1, key: "main", channels: Self.channels(count), now: Self.now)
            #expect(all.count == 3)
            #expect(all.count(where: \.isRetired) == retired)
        }
    }

    @Test("who registers a part of the channels retires none")
    func keepsOthers() throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try database.connect(role: "leadgate_serve")
        _ = try connection.register(workspaceID: 1, key: "main", channels: Self.channels(3), now: Self.now)
        let all = try connection.register(
            workspaceID: 1, key: "main", channels: Self.channels(1), isWhole: false, now: Self.now)
        #expect(all.count == 3 && !all.contains(where: \.isRetired))
    }

    @Test("a key that belongs to another workspace is refused")
    func keepsKeys() throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try database.connect(role: "leadgate_serve")
        _ = try connection.register(workspaceID: 1, key: "one", channels: Self.channels(1), now: Self.now)
        let told = #expect(throws: PostgresFailure.self) {
            try connection.register(workspaceID: 2, key: "two", channels: Self.channels(1), now: Self.now)
        }
        #expect(told?.kind == .uniqueViolation)
    }
}
