public import Adapters

extension Configuration {
    /// Reads a configuration: the file, the `LEADGATE_*` variables that replace single values of it, the defaults.
    ///
    /// Relative paths in the file start at the file's folder, those in the environment at the working folder.
    ///
    /// - Parameters:
    ///   - file: path of a `leadgate.yaml`.
    ///   - adapters: gives the adapters of a folder.
    /// - Throws: every mistake at once. A file that is no YAML has just the one.
    public static func load(
        file: String, in surroundings: Surroundings, adapters: (_ folder: String) throws -> AdapterSnapshot
    ) throws(ConfigurationFailure) -> Configuration {
        let notebook = Notebook()
        let path = absolute(file, in: surroundings.workingFolder)
        let tree = SettingsTree.read(file: path, name: file, notebook: notebook)
        guard notebook.mistakes.isEmpty else { throw ConfigurationFailure(mistakes: notebook.mistakes) }
        let reader = ConfigurationReader(
            file: file, path: path, surroundings: surroundings, notebook: notebook)
        let configuration = reader.read(tree, adapters: adapters)
        guard let configuration, notebook.mistakes.isEmpty else {
            throw ConfigurationFailure(mistakes: Notebook.sorted(notebook.mistakes))
        }
        return configuration
    }
}
