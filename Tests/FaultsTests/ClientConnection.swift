import Foundation
import Glibc

/// What a provider learned of one request.
enum Answer: Sendable, Hashable {
    /// Never sent: nobody listened any more.
    case unsent
    /// 2xx: an obligation.
    case acknowledged
    /// Another status: the provider sends it again, or not.
    case refused(Int)
    /// Sent, perhaps in part, without an answer.
    case unknown
}

/// A kept-open HTTP/1.1 connection to 127.0.0.1, written by hand so that it shows where a connection ended.
///
/// A class, since it owns a socket; used by one thread.
final class ClientConnection {
    private let socket: Int32
    /// Set at the first failure; nothing more can be sent then.
    private(set) var isBroken = false

    /// - Returns: nil if nobody listens there.
    init?(port: Int) {
        socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status != 0 { return nil }
        var (flag, patience) = (Int32(1), timeval(tv_sec: 20, tv_usec: 0))
        unsafe setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &flag, socklen_t(MemoryLayout<Int32>.size))
        unsafe setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    }

    deinit { close(socket) }

    /// Sends a request but for its last byte.
    func begin(_ post: Post) {
        isBroken = true
        _ = send(request(post).dropLast())
    }

    /// Sends the beginning of a head.
    func drip() {
        isBroken = true
        _ = send(Array("POST / HTTP/1.1\r\nX-Slow: a".utf8)[...])
    }

    func post(_ post: Post) -> Answer {
        guard send(request(post)[...]), let status = receive() else {
            isBroken = true
            return .unknown
        }
        return (200..<300).contains(status) ? .acknowledged : .refused(status)
    }

    private func request(_ post: Post) -> [UInt8] {
        var head = "POST \(Installation.path(of: post.channel)) HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        for header in post.headers { head += "\(header.name): \(header.value)\r\n" }
        head += "Content-Length: \(post.body.count)\r\n\r\n"
        return Array(head.utf8) + post.body
    }

    private func send(_ bytes: ArraySlice<UInt8>) -> Bool {
        var rest = bytes
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Reads one answer to its end.
    /// - Returns: its status; nil if the connection ended before.
    private func receive() -> Int? {
        var bytes: [UInt8] = []
        var end: Int?
        var length = 0
        var status = 0
        while true {
            if end == nil, let found = bytes.firstRange(of: Array("\r\n\r\n".utf8)) {
                let head = String(decoding: bytes[..<found.lowerBound], as: UTF8.self).lowercased()
                let lines = head.split(separator: "\r\n")
                status = lines.first.flatMap { Int($0.split(separator: " ").dropFirst().first ?? "") } ?? 0
                length =
                    lines.first { $0.hasPrefix("content-length:") }
                    .flatMap { Int($0.dropFirst(15).trimmingCharacters(in: .whitespaces)) } ?? 0
                if lines.contains("connection: close") { isBroken = true }
                end = found.upperBound
            }
            if let end, bytes.count >= end + length { return status }
            guard let more = receiveSome() else { return nil }
            bytes += more
        }
    }

    private func receiveSome() -> [UInt8]? {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe recv(socket, $0.baseAddress, $0.count, 0) }
        return count > 0 ? Array(buffer[..<count]) : nil
    }
}
