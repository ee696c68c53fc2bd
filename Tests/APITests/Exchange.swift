import Foundation
import Glibc

/// One request over a bare socket, for bodies that no client would send.
enum Exchange {
    /// Sends a text, then reads until the server closes or has said a JSON object's end.
    /// - Parameter isCut: closes at once, without reading.
    static func send(_ text: String, port: Int, isCut: Bool = false) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port)).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else { throw POSIXError(.ECONNREFUSED) }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: false)
        try handle.write(contentsOf: Data(text.utf8))
        var answer = Data()
        while !isCut, let piece = try handle.read(upToCount: 1), !piece.isEmpty {
            answer += piece
            if answer.last == UInt8(ascii: "}") { break }
        }
        return String(decoding: answer, as: UTF8.self)
    }
}
