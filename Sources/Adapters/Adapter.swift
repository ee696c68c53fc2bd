/// What we know of one provider: its definition and its script. Stateless; one value serves every channel and
/// thread.
public struct Adapter: Sendable {
    public let definition: AdapterDefinition
    /// The text of `adapter.lua`.
    public let source: String
    /// SHA-256 of `adapter.lua` in lower-case hex.
    public let version: String
    /// The folder that holds `adapter.lua` and `fixtures/`.
    public let folder: String

    public var name: String { definition.name }
    public var kind: AdapterKind { definition.kind }
    public var title: String { definition.title }
    /// The rules that a request has to pass, as `verified` of an event names them; empty: the token in its address alone.
    public var verifiedHow: String { definition.verify.map(\.word).joined(separator: ", ") }

    /// The phone rules in force for a channel.
    public func phones(for channel: Channel) -> PhoneRules { channel.phones ?? definition.phones }
}

extension Adapter: CustomStringConvertible {
    public var description: String { "\(name) \(version.prefix(12))" }
}

/// What a provider is; also the folder under `adapters/` its own folder lies in.
public enum AdapterKind: String, Sendable, CaseIterable {
    case telephony, messenger, form, shop, crm
}
