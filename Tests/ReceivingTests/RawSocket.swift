import Foundation
import Glibc

/// A blocking stream socket, closed with the value. Not to be used where tasks run.
final class RawSocket {
    private(set) var descriptor: Int32

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Gives the socket to another value, as on another thread.
    func release() -> Int32 {
        defer { descriptor = -1 }
        return descriptor
    }

    /// Connects to a port of 127.0.0.1.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, size)
            }
        }
        guard status == 0 else { throw SocketFailure(errno) }
    }

    /// Connects to a socket file, or listens at one.
    init(path: String, isServer: Bool = false) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &address.sun_path) {
            unsafe $0.copyBytes(from: Array(path.utf8).prefix(107))
        }
        let size = socklen_t(MemoryLayout<sockaddr_un>.size)
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                unsafe isServer ? bind(descriptor, address, size) : connect(descriptor, address, size)
            }
        }
        guard status == 0, !isServer || listen(descriptor, 16) == 0 else { throw SocketFailure(errno) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The next client of a listening socket; nil when it was shut down.
    func accept() -> RawSocket? {
        let client = Glibc.accept(descriptor, nil, nil)
        return client < 0 ? nil : RawSocket(descriptor: client)
    }

    /// - Returns: false if the other side takes no more.
    @discardableResult
    func send(_ bytes: [UInt8]) -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let sent = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if sent <= 0 { return false }
            rest = rest.dropFirst(sent)
        }
        return true
    }

    /// Tells the other side that no more comes.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Ends both directions, and whoever waits for either.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }

    /// Whether there is something to read, the end included.
    func isReadable(within timeout: Duration) -> Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return unsafe poll(&entry, 1, Int32(timeout / .milliseconds(1))) > 0
    }

    /// What is there, or comes next; nil at the end.
    func receive() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
        }
        return count > 0 ? Array(buffer[..<count]) : nil
    }

    /// Everything until the other side closes, or the time is over.
    func receiveAll(within timeout: Duration) -> (text: String, isClosed: Bool) {
        let end = ContinuousClock.now + timeout
        var bytes: [UInt8] = []
        while ContinuousClock.now < end, isReadable(within: end - .now) {
            guard let more = receive() else { return (String(decoding: bytes, as: UTF8.self), true) }
            bytes += more
        }
        return (String(decoding: bytes, as: UTF8.self), false)
    }
}

struct SocketFailure: Error {
    let code: Int32

    init(_ code: Int32) { self.code = code }
}
