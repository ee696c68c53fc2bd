import Contacts
import HTTPTypes
public import Hummingbird
public import Logging
import NIOCore
import NIOHTTP1

/// Stands before every route: refuses heads that are too large, and turns every error into a problem (RFC 9457).
public struct RequestLimits<Context: RequestContext>: RouterMiddleware {
    /// Bytes of the request target.
    static var uriBytes: Int { 8 << 10 }
    static var fields: Int { 64 }
    /// Bytes of one field's name and value.
    static var fieldBytes: Int { 8 << 10 }
    /// Bytes of all fields.
    static var headerBytes: Int { 32 << 10 }

    private let log: Logger

    public init(log: Logger) { self.log = log }

    public func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        var response: Response
        do {
            try check(request)
            response = try await next(request, context)
        } catch let error as HTTPParserError {
            // The body is no HTTP, or was cut: the connection answers 400 itself and ends.
            throw error
        } catch {
            response = Response(problem(of: error))
        }
        if request.method == .head { response = response.createHeadResponse() }
        return response
    }

    private func check(_ request: Request) throws(Problem) {
        guard (request.head.path ?? "").utf8.count <= Self.uriBytes else { throw Problem(.uriTooLong) }
        var count = request.head.authority == nil ? 0 : 1
        var total = request.head.authority?.utf8.count ?? 0
        for field in request.headers {
            let bytes = field.name.rawName.utf8.count + field.value.utf8.count
            count += 1
            total += bytes
            guard bytes <= Self.fieldBytes else { throw Problem(.headersTooLarge) }
        }
        guard count <= Self.fields, total <= Self.headerBytes else { throw Problem(.headersTooLarge) }
    }

    private func problem(of error: any Error) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as any HTTPResponseError:
            switch error.status.code {
            case 404: return Problem(.notFound)
            case 405: return Problem(.methodNotAllowed)
            case 413: return Problem(.tooLarge)
            case 400..<500: return Problem(.badRequest)
            default: break
            }
        // The client went away.
        case is IOError, is ChannelError: return Problem(.badRequest)
        default: break
        }
        // The type only: a description may quote what a stranger sent.
        log.error("request failed", metadata: ["cause": "\(type(of: error))"])
        return .internalError
    }
}
