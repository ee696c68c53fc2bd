import Foundation

/// What a configuration is read with; only the executable asks the system for it.
public struct Surroundings: Sendable {
    /// Holds secrets, so it is never shown.
    public var environment: [String: String]
    public var isRoot: Bool
    /// Where relative paths in the environment start; absolute.
    public var workingFolder: String
    /// Where the program's binary lies; absolute.
    public var programFolder: String

    public init(
        environment: [String: String] = [:], isRoot: Bool = false, workingFolder: String,
        programFolder: String = "/"
    ) {
        self.environment = environment
        self.isRoot = isRoot
        self.workingFolder = workingFolder
        self.programFolder = programFolder
    }

    /// Where adapters are looked for when no setting says it: beside the program, then in the working folder.
    var adaptersFolders: [String] { ["\(programFolder)/adapters", "\(workingFolder)/adapters"] }

    /// The first of the usual folders of adapters that is there.
    public var adaptersFolder: String? {
        adaptersFolders.first { (try? FileManager.default.contentsOfDirectory(atPath: $0)) != nil }
    }
}

extension Surroundings: CustomStringConvertible, CustomReflectable {
    public var description: String { "surroundings of \(workingFolder)" }
    public var customMirror: Mirror {
        Mirror(self, children: ["workingFolder": workingFolder], displayStyle: .struct)
    }
}
