import Contacts
import HTTPTypes
import Hummingbird
import NIOCore

/// Reads a request's body within a size and a time, and within the bytes that all bodies being read may have together.
struct BodyReader {
    let room: ConnectionRoom
    /// Bytes.
    let limit: Int
    /// From now to the last byte.
    let deadline: Duration

    /// - Throws: ``Problem`` of 413, 408 or 415.
    func read(_ request: Request, _ context: GatewayContext) async throws -> [UInt8] {
        if let coding = request.headers[.contentEncoding], coding.lowercased() != "identity", !coding.isEmpty
        {
            context.closeSoon()
            throw Problem(.unsupportedContent, detail: "send the body without Content-Encoding")
        }
        var stated: Int?
        if let text = request.headers[.contentLength] {
            guard let length = Int(text), length >= 0 else { throw Problem(.malformed) }
            if length == 0 { return [] }
            guard length <= limit else { throw tooLarge(context) }
            stated = length
        } else if request.headers[.transferEncoding] == nil {
            // No body at all (RFC 9112 §6.3).
            return []
        }
        let channel = context.channel
        let alarm = channel.eventLoop.scheduleTask(in: TimeAmount(deadline)) {
            channel.pipeline.fireErrorCaught(BodyTooSlow())
        }
        let id = ObjectIdentifier(channel)
        room.owesBody(id) { channel.close(promise: nil) }
        defer {
            alarm.cancel()
            room.owesNothing(id)
        }
        var bytes: [UInt8] = []
        do {
            for try await part in request.body {
                guard bytes.count + part.readableBytes <= limit else { throw tooLarge(context) }
                bytes.append(contentsOf: part.readableBytesView)
                room.read(part.readableBytes, of: id)
            }
        } catch is BodyTooSlow {
            context.closeSoon()
            throw Problem(.requestTimeout)
        }
        // The parts also end where the connection or our own task does.
        guard !Task.isCancelled, stated == nil || stated == bytes.count else { throw Problem(.malformed) }
        return bytes
    }

    private func tooLarge(_ context: GatewayContext) -> Problem {
        context.closeSoon()
        return Problem(.tooLarge, detail: "at most \(limit) bytes are taken here")
    }
}

/// Sent through the connection's pipeline to whoever waits for more of the body.
private struct BodyTooSlow: Error {}
