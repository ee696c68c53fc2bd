import Foundation
import Glibc
import Harness
import Synchronization

/// Stands between a client and PostgreSQL and, when told to, cuts the connection in place of the answer to a COMMIT.
final class CuttingProxy: Sendable {
    /// Of the same database, by way of this proxy.
    let url: String
    private let folder: String
    private let socketPath: String
    private let target: String
    private let state = Mutex(State())

    private struct State {
        var wanted = 0
        var cuts = 0
        /// Of the listening socket; nil when it is closed.
        var listener: Int32?
    }

    init(to url: String) throws {
        let items = URLComponents(string: url)?.queryItems ?? []
        let host = items.first { $0.name == "host" }?.value ?? ""
        let port = items.first { $0.name == "port" }?.value ?? "5432"
        target = "\(host)/.s.PGSQL.\(port)"
        let folder = FileManager.default.temporaryDirectory.path + "/cut-\(UUID().uuidString.prefix(8))"
        self.folder = folder
        socketPath = "\(folder)/.s.PGSQL.\(port)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var changed = URLComponents(string: url)
        changed?.queryItems = items.map { $0.name == "host" ? URLQueryItem(name: "host", value: folder) : $0 }
        self.url = changed?.string?.replacing(folder, with: folder.replacing("/", with: "%2F")) ?? ""
        let descriptor = try RawSocket(path: socketPath, isServer: true).release()
        state.withLock { $0.listener = descriptor }
        Thread { [self] in
            let listener = RawSocket(descriptor: descriptor)
            while let client = listener.accept() { serve(client) }
            state.withLock { $0.listener = nil }
        }.start()
    }

    /// Connections cut so far.
    var cuts: Int { state.withLock { $0.cuts } }

    func cutNextCommits(_ count: Int) { state.withLock { $0.wanted = count } }

    /// Takes no more clients; those there are go on.
    func close() {
        state.withLock { state in
            if let listener = state.listener { shutdown(listener, Int32(SHUT_RDWR)) }
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    private func serve(_ client: RawSocket) {
        let descriptor = client.release()
        Thread { [self] in
            let client = RawSocket(descriptor: descriptor)
            guard let server = try? RawSocket(path: target) else { return client.end() }
            pass(client, server)
            client.end()
            server.end()
        }.start()
    }

    private func pass(_ client: RawSocket, _ server: RawSocket) {
        let commit = Array("COMMIT\0".utf8)
        var entries = [client, server].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
        while unsafe poll(&entries, 2, -1) > 0 {
            if entries[0].revents != 0 {
                guard let bytes = client.receive(), server.send(bytes) else { return }
            }
            if entries[1].revents != 0 {
                guard let bytes = server.receive() else { return }
                if bytes.contains(commit), mayCut() { return }
                guard client.send(bytes) else { return }
            }
        }
    }

    private func mayCut() -> Bool {
        state.withLock { state in
            guard state.wanted > 0 else { return false }
            state.wanted -= 1
            state.cuts += 1
            return true
        }
    }
}
