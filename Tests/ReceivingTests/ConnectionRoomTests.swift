import Curl
import Foundation
import Harness
import Postgres
import Synchronization
import Testing

@testable import Receiving

@Suite("Room for connections and bodies", .inTurn)
struct ConnectionRoomTests {
    /// Connections by number, and which of them were closed to make room.
    private final class Clients: Sendable {
        private final class Client: Sendable {}
        private let clients = (0..<10).map { _ in Client() }
        private let gone = Mutex<[Int]>([])

        subscript(number: Int) -> ObjectIdentifier { ObjectIdentifier(clients[number]) }
        var closed: [Int] { gone.withLock { $0 } }
        func closing(_ number: Int) -> @Sendable () -> Void {
            { [self] in gone.withLock { $0.append(number) } }
        }
    }

    @Test(
        "where all places are taken whoever has kept us waiting longest makes one; who is being answered does not"
    )
    func places() {
        let clients = Clients()
        let early = Atomic(0)
        let room = ConnectionRoom(connections: 3) { early.add(1, ordering: .relaxed) }
        for number in 0..<3 {
            #expect(room.isAcceptingNewConnections())
            room.connectionOpened()
            room.owesHead(clients[number], close: clients.closing(number))
        }
        // The first is being answered, then owes its next request: it is the last to make a place.
        room.owesNothing(clients[0])
        room.owesHead(clients[0], close: clients.closing(0))
        #expect(!room.isAcceptingNewConnections())
        #expect(clients.closed == [1])
        room.connectionClosed()
        #expect(room.isAcceptingNewConnections())
        room.connectionOpened()
        room.owesNothing(clients[0])
        room.owesNothing(clients[2])
        #expect(!room.isAcceptingNewConnections())
        #expect(clients.closed == [1], "all are being answered")
        room.owesBody(clients[2], close: clients.closing(2))
        #expect(clients.closed == [1], "a body that has just begun is given its time")
        room.owesHead(clients[0], close: clients.closing(0))
        #expect(clients.closed == [1, 2], "somebody waits for a place, and now there are two to choose from")
        #expect(early.load(ordering: .relaxed) == 2)
    }

    @Test("where there is no room for more bytes the body that was begun first makes it")
    func bytes() {
        let clients = Clients()
        let room = ConnectionRoom(connections: 10, bytes: 100)
        room.owesHead(clients[0], close: clients.closing(0))
        for number in 1..<4 { room.owesBody(clients[number], close: clients.closing(number)) }
        room.read(40, of: clients[2])
        room.read(40, of: clients[3])
        #expect(room.reading == 80 && clients.closed.isEmpty)
        room.read(40, of: clients[1])
        #expect(clients.closed == [1])
        room.read(40, of: clients[1])
        #expect(room.reading == 80, "what still comes of it counts no more")
        room.owesNothing(clients[1])
        room.owesNothing(clients[2])
        room.read(60, of: clients[3])
        #expect(room.reading == 100 && clients.closed == [1])
        room.owesNothing(clients[3])
        #expect(room.reading == 0)
    }

    @Test("idle connections make place for clients with a request")
    func idleConnections() async throws {
        let early = Mutex(0)
        let room = ConnectionRoom(connections: 8) { early.withLock { $0 += 1 } }
        let settings = DoorSettings(room: room)
        try await DoorServer.run(settings) { door in
            try await OwnThread.run {
                let idle = try (0..<40).map { _ in try RawSocket(port: door.port) }
                for number in 0..<20 {
                    let answer = try HTTP.post(
                        door.url + Doors.path(Doors.site) + "?event_id=\(number)", body: "{}")
                    #expect(answer.status == 200)
                }
                #expect(idle[0].isReadable(within: .seconds(60)) && idle[0].receive() == nil)
            }
            // A server takes up to four clients at once.
            #expect(room.open <= 12)
            #expect(early.withLock { $0 } >= 20)
        }
    }

    @Test("bodies that do not come to their end make room for those that come whole")
    func slowBodies() async throws {
        let room = ConnectionRoom(connections: .max, bytes: 100_000)
        let settings = DoorSettings(room: room)
        try await DoorServer.run(settings) { door in
            let head = "POST \(Doors.path(Doors.site)) HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n"
            let slow = try await OwnThread.run { [port = door.port] in
                try (0..<5).map { _ in
                    let socket = try RawSocket(port: port)
                    socket.send(Array(head.utf8) + Array(repeating: UInt8(ascii: "x"), count: 40_000))
                    return socket.release()
                }
            }
            try await OwnThread.run {
                let sockets = slow.map { RawSocket(descriptor: $0) }
                // Two have room at a time.
                try eventuallyClosed(3, of: sockets)
                #expect(room.reading <= 100_000)
                let whole = String(repeating: "x", count: 50_000)
                let answer = try HTTP.post(door.url + Doors.path(Doors.site), body: #"{"name": "\#(whole)"}"#)
                #expect(answer.status == 200)
                try eventuallyClosed(4, of: sockets)
                // The last one is open yet, and all of it was read.
                try withExtendedLifetime(sockets) {
                    let end = ContinuousClock.now + .seconds(30)
                    while room.reading != 40_000 {
                        try #require(ContinuousClock.now < end)
                        Thread.sleep(forTimeInterval: 0.005)
                    }
                }
            }
        }
        #expect(room.reading == 0)
    }

    private func eventuallyClosed(_ count: Int, of sockets: [RawSocket]) throws {
        let end = ContinuousClock.now + .seconds(60)
        while sockets.count(where: { $0.isReadable(within: .zero) }) != count {
            try #require(ContinuousClock.now < end)
            Thread.sleep(forTimeInterval: 0.005)
        }
    }

    @Test(
        "while nothing can be written a flood of one channel is answered 503 at once, and a call of another is kept"
    )
    func flood() async throws {
        var settings = DoorSettings()
        settings.journal.waitingEvents = 20
        try await DoorServer.run(settings) { door in
            let admin = try door.admin()
            try admin.lock("event_key")
            async let kept = withThrowingTaskGroup(of: Int.self) { group in
                for number in 0..<10 { group.addTask { try await door.enquire(number).status } }
                return try await group.reduce(into: [Int]()) { $0.append($1) }
            }
            try await Poll.until("a flood that has its half") { door.services.journal.waiting == 10 }
            async let call = door.ring(Doors.start())
            try await Poll.until("a call in the journal") { door.services.journal.waiting == 11 }
            // The lock is held all the while: nobody waits for it.
            for number in 10..<60 {
                let refused = try await door.enquire(number)
                try #require(refused.status == 503)
                #expect(refused.header("retry-after") == "1")
            }
            try admin.rollback()
            #expect(try await call.status == 200)
            #expect(try await kept == Array(repeating: 200, count: 10))
        }
    }
}

extension DoorServer {
    fileprivate func enquire(_ number: Int) async throws -> HTTPAnswer {
        try await call(
            "POST", Doors.path(Doors.site) + "?event_id=\(number)",
            headers: [("Content-Type", "application/json")], body: "{}")
    }
}
