import Synchronization

/// Every configured channel at one moment.
public struct ChannelSnapshot: Sendable {
    public let byKey: [String: Channel]
    public let byID: [Int64: Channel]
    /// Workspace keys by their numbers.
    public let workspaces: [Int64: String]

    /// - Parameter channels: of different keys; of two with one key the later counts.
    public init(_ channels: [Channel] = []) {
        byKey = Dictionary(channels.map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        byID = Dictionary(byKey.values.map { ($0.id, $0) }, uniquingKeysWith: { $1 })
        workspaces = Dictionary(byKey.values.map { ($0.workspaceID, $0.workspace) }, uniquingKeysWith: { $1 })
    }
}

/// The channels in force; a reload of the configuration replaces all of them at once.
public final class ChannelDirectory: Sendable {
    private let current: Mutex<ChannelSnapshot>

    public init(_ snapshot: ChannelSnapshot = ChannelSnapshot()) { current = Mutex(snapshot) }

    public var snapshot: ChannelSnapshot { current.withLock { $0 } }

    public func replace(_ snapshot: ChannelSnapshot) { current.withLock { $0 = snapshot } }
}
