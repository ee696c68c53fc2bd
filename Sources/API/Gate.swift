import Contacts
import HTTPTypes
import Postgres
import Store

/// Lets programs in by their bearer tokens.
struct Gate: Sendable {
    let pool: ConnectionPool
    let cache = TokenCache()
    let now: @Sendable () -> Instant

    /// - Returns: the token's holder, who has the scope and is in force.
    /// - Throws: ``APIFailure``, or the pool's failure if the token had to be looked up and could not be.
    func admit(_ headers: HTTPFields, scope: Scope) async throws -> TokenHolder {
        let holder = try await holder(of: BearerToken.credentials(in: headers))
        guard let holder, holder.isInForce(at: now()) else { throw APIFailure.unauthorized(isMissing: false) }
        guard holder.may(scope) else { throw APIFailure.forbidden(scope: scope) }
        return holder
    }

    private func holder(of token: BearerToken) async throws -> TokenHolder? {
        let time = now()
        if let known = cache.holder(of: token.hash, now: time) { return known }
        let hash = token.hash
        let found = try await pool.run(deadline: APIServices.deadline, abandoning: true) { connection in
            try connection.tokenHolder(hash: hash, now: time)
        }
        cache.remember(found, of: hash, now: time)
        return found
    }
}
