import Adapters
import ArgumentParser
import Configuring

/// The option of commands that look at one workspace.
struct WorkspaceOption: ParsableArguments {
    @Option(help: ArgumentHelp("The workspace's key; needed where there are several.", valueName: "key"))
    var workspace: String?

    /// - Throws: ``CommandFailure`` if it is unknown, or must be said and is not.
    func id(in configuration: Configuration) throws -> Int64 {
        let keys = configuration.workspaces
        if let workspace {
            guard keys.contains(workspace) else {
                throw CommandFailure(
                    "there is no workspace \(workspace); there are \(keys.joined(separator: ", "))")
            }
            return Channel.identifier(ofWorkspace: workspace)
        }
        guard keys.count == 1, let only = keys.first else {
            throw CommandFailure(
                "name one of the workspaces \(keys.joined(separator: ", ")) with --workspace")
        }
        return Channel.identifier(ofWorkspace: only)
    }
}
