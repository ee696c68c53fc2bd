public import HummingbirdCore
import Synchronization

/// The open connections of a server and the bytes of the bodies being read, at most so many of both.
///
/// Where all places are taken the next client waits until one is free; where there is no room for more bytes nobody waits. In
/// both cases whoever has kept us waiting longest makes room: a connection that is idle, or drips its head or its body. One
/// whose request is being answered is left alone.
public final class ConnectionRoom: AvailableConnectionsDelegate, Sendable {
    private struct Owing {
        let turn: UInt64
        /// Of the body so far.
        var bytes = 0
        let close: @Sendable () -> Void
    }
    private struct State {
        var open = 0
        /// Of all bodies being read.
        var bytes = 0
        /// A client waits for a place.
        var isWanted = false
        var owing: [ObjectIdentifier: Owing] = [:]
        /// Who came to owe something, in turn; those that paid, or closed, meanwhile are passed over.
        var order = Line<(ObjectIdentifier, UInt64)>()
        var turn: UInt64 = 0

        mutating func add(_ id: ObjectIdentifier, _ close: @escaping @Sendable () -> Void) {
            remove(id)
            turn += 1
            owing[id] = Owing(turn: turn, close: close)
            order.append((id, turn))
            // Keeps the line in proportion to the connections.
            guard order.count > 2 * owing.count + 64 else { return }
            let known = owing
            _ = order.removeAll { known[$0.0]?.turn != $0.1 }
        }

        @discardableResult
        mutating func remove(_ id: ObjectIdentifier) -> Owing? {
            guard let owed = owing.removeValue(forKey: id) else { return nil }
            bytes -= owed.bytes
            return owed
        }

        mutating func takeLongest() -> Owing? {
            while let (id, turn) = order.first {
                order.removeFirst()
                if owing[id]?.turn == turn { return remove(id) }
            }
            return nil
        }

        /// Looks through all: it is seldom asked, and what it finds frees a body's bytes.
        mutating func takeLongestReader() -> Owing? {
            owing.filter { $0.value.bytes > 0 }.min { $0.value.turn < $1.value.turn }.flatMap {
                remove($0.key)
            }
        }
    }
    private let connections: Int
    private let bytes: Int
    private let closedEarly: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - connections: at least 1.
    ///   - bytes: of bodies, more than one of them may have.
    ///   - closedEarly: called for each connection that made room for another.
    public init(
        connections: Int, bytes: Int = 64 << 20, closedEarly: @escaping @Sendable () -> Void = {}
    ) {
        self.connections = max(1, connections)
        self.bytes = bytes
        self.closedEarly = closedEarly
    }

    /// Connections now.
    public var open: Int { state.withLock { $0.open } }

    /// Bytes of the bodies being read now.
    public var reading: Int { state.withLock { $0.bytes } }

    public func connectionOpened() { state.withLock { $0.open += 1 } }

    public func connectionClosed() { state.withLock { $0.open -= 1 } }

    public func isAcceptingNewConnections() -> Bool {
        let (isFree, longest) = state.withLock { state -> (Bool, Owing?) in
            let isFree = state.open < connections
            let longest = isFree ? nil : state.takeLongest()
            // One that closes makes the server ask again.
            state.isWanted = !isFree && longest == nil
            return (isFree, longest)
        }
        end(longest)
        return isFree
    }

    /// A connection owes the head of a request from now on.
    func owesHead(_ connection: ObjectIdentifier, close: @escaping @Sendable () -> Void) {
        let longest = state.withLock { state -> Owing? in
            state.add(connection, close)
            guard state.isWanted else { return nil }
            state.isWanted = false
            return state.takeLongest()
        }
        end(longest)
    }

    /// A connection owes the rest of a body from now on.
    func owesBody(_ connection: ObjectIdentifier, close: @escaping @Sendable () -> Void) {
        state.withLock { $0.add(connection, close) }
    }

    /// More of a body came.
    func read(_ bytes: Int, of connection: ObjectIdentifier) {
        let longest = state.withLock { state -> Owing? in
            // It made room itself.
            guard state.owing[connection] != nil else { return nil }
            state.owing[connection]?.bytes += bytes
            state.bytes += bytes
            return state.bytes > self.bytes ? state.takeLongestReader() : nil
        }
        end(longest)
    }

    /// It has sent what it owed, or is closed.
    func owesNothing(_ connection: ObjectIdentifier) { state.withLock { _ = $0.remove(connection) } }

    private func end(_ connection: Owing?) {
        guard let connection else { return }
        closedEarly()
        connection.close()
    }
}
