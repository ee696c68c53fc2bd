public import Contacts
public import JSON
public import Lua

/// What a script made of a request.
public enum Mapping: Sendable, Hashable {
    /// At least one. Where an event has no id of its own the caller numbers it.
    case events([ContactEvent])
    case ignored(IgnoredReason)
    /// A request to make before mapping again; the object as the script gave it.
    case fetch(JSON)
}

/// Why a script gave nothing usable.
public enum MappingFailure: Error, Sendable, Hashable {
    /// The script failed, or gave what is no contact event; with the line where known.
    case failed(String)
    /// It ran out of instructions or memory.
    case limit(String)
    /// The body is not what the adapter accepts.
    case undecodable(String)

    /// Safe to show: holds field names and lines, no values of the request.
    public var reason: String {
        switch self {
        case .failed(let text), .limit(let text), .undecodable(let text): text
        }
    }
}

/// Runs the scripts of adapters. Not `Sendable`: one per thread, since a Lua state belongs to one.
public final class AdapterRuntime {
    /// Loaded scripts by adapter version; cleared when full, so that hot reloads do not pile up.
    private var scripts: [String: LuaScript] = [:]
    private let helpers = ScriptHelpers()
    private let limits: LuaLimits

    public init(limits: LuaLimits = LuaLimits()) { self.limits = limits }

    /// What a verified request says, in contact events.
    ///
    /// Total: whatever a script returns is events, a reason, a fetch, or a ``MappingFailure``.
    public func map(
        _ request: InboundRequest, adapter: Adapter, channel: Channel
    ) throws(MappingFailure) -> Mapping {
        let (decoded, argument) = try prepare(request, adapter, channel)
        helpers.current = (request, decoded)
        defer { helpers.current = nil }
        return try Mapping(script: run("map", [argument], of: adapter))
    }

    /// The lookup reply in the provider's dialect; for nobody found the neutral one of the reply profile.
    public func answer(
        _ request: InboundRequest, found: FoundContact?, adapter: Adapter, channel: Channel
    ) throws(MappingFailure) -> Reply {
        guard let found, adapter.definition.hasAnswer else {
            guard
                case .accepted(let accepted) = adapter.receive(
                    request, channel: channel, now: request.receivedAt)
            else { return Reply() }
            return accepted.reply
        }
        let (decoded, argument) = try prepare(request, adapter, channel)
        helpers.current = (request, decoded)
        defer { helpers.current = nil }
        return try Reply(script: run("answer", [argument, found.json.text()], of: adapter))
    }

    private func prepare(
        _ request: InboundRequest, _ adapter: Adapter, _ channel: Channel
    ) throws(MappingFailure) -> (DecodedRequest, String) {
        let decoded = Decoder(accepts: adapter.definition.accepts).decode(request)
        if let failure = decoded.failure { throw .undecodable(failure) }
        let settings = SettingValues(channel: channel, definition: adapter.definition)
        return (decoded, ScriptRequest(request, decoded, settings).json.text())
    }

    private func run(
        _ function: String, _ arguments: [String], of adapter: Adapter
    ) throws(MappingFailure) -> JSON {
        let text: String
        do throws(LuaFailure) {
            text = try script(of: adapter).call(function, arguments)
        } catch {
            throw MappingFailure(error)
        }
        do throws(JSONFailure) {
            return try JSON.parse(text)
        } catch {
            throw .failed("\(function) returned what is no JSON: \(error)")
        }
    }

    private func script(of adapter: Adapter) throws(LuaFailure) -> LuaScript {
        if let script = scripts[adapter.version] { return script }
        if scripts.count >= 256 { scripts = [:] }
        let script = try LuaScript(
            source: adapter.source, name: "adapter.lua", helpers: helpers.table,
            prelude: ScriptHelpers.prelude, limits: limits)
        scripts[adapter.version] = script
        return script
    }
}

/// Whom a lookup found; shown to the PBX, so only verified points lead here.
public struct FoundContact: Sendable, Hashable {
    /// UUID text.
    public var cardID: String
    public var name: String?
    public var company: String?
    public var ownerExtension: String?
    public var ownerName: String?
    /// E.164 with plus.
    public var phone: String
    /// The card's page.
    public var url: String?

    public init(
        cardID: String, name: String? = nil, company: String? = nil, ownerExtension: String? = nil,
        ownerName: String? = nil, phone: String, url: String? = nil
    ) {
        self.cardID = cardID
        self.name = name
        self.company = company
        self.ownerExtension = ownerExtension
        self.ownerName = ownerName
        self.phone = phone
        self.url = url
    }
}
