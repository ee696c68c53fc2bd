import Foundation
import JSON
import Lua
import OpenSSL

extension Adapter {
    /// Reads `<folder>/adapter.lua`; its name must be the folder's and its kind the one of the folder above.
    ///
    /// - Throws: what is wrong, with file and line.
    public init(folder: String) throws(AdapterProblem) {
        let file = folder + "/adapter.lua"
        guard let data = FileManager.default.contents(atPath: file) else {
            throw AdapterProblem(file: file, line: nil, message: "the file cannot be read")
        }
        guard let source = String(validating: data, as: UTF8.self) else {
            throw AdapterProblem(file: file, line: nil, message: "the file is not UTF-8")
        }
        try self.init(source: source, folder: folder)

        let parts = folder.split(separator: "/").suffix(2).map(String.init)
        guard let last = parts.last, last == name else {
            throw AdapterProblem(
                file: file, line: Adapter.line(of: "name", in: source),
                message: "name: expected the folder's name \"\(parts.last ?? "")\", found \"\(name)\"")
        }
        if parts.count == 2, AdapterKind(rawValue: parts[0]) != nil, parts[0] != kind.rawValue {
            throw AdapterProblem(
                file: file, line: Adapter.line(of: "kind", in: source),
                message: "kind: expected \"\(parts[0])\" as the folder above, found \"\(kind.rawValue)\"")
        }
    }

    /// An adapter from the text of its file.
    public init(source: String, folder: String) throws(AdapterProblem) {
        let file = folder + "/adapter.lua"
        let json: JSON
        do {
            let script = try LuaScript(
                source: source, name: "adapter.lua", helpers: ScriptHelpers.none,
                prelude: ScriptHelpers.prelude)
            json = try JSON.parse(script.definition)
        } catch let failure as LuaFailure {
            throw AdapterProblem(file: file, line: failure.sourceLine, message: failure.summary)
        } catch {
            throw AdapterProblem(file: file, line: nil, message: "the table is no plain data: \(error)")
        }
        do throws(DefinitionProblems) {
            definition = try AdapterDefinition(json: json)
        } catch {
            let path = error.list.first?.path ?? ""
            throw AdapterProblem(
                file: file, line: Adapter.line(of: path, in: source),
                message: error.list.map(\.description).joined(separator: "; "))
        }
        self.source = source
        self.folder = folder
        version = Hex.encode(digest(Array(source.utf8), .sha256))
    }

    /// The line where the keys of a path are written one after the other, as far as they can be found: a hint
    /// for people, since a Lua table does not remember its lines.
    private static func line(of path: String, in source: String) -> Int? {
        let keys = path.split { ".[]\"".contains($0) }.filter { Int($0) == nil }
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        var found: Int?
        for key in keys {
            let start = found ?? 0
            guard let next = lines[start...].firstIndex(where: { $0.assigns(key) }) else { break }
            found = next
        }
        return found.map { $0 + 1 }
    }
}

extension Substring {
    /// Whether the line holds `key =`, not in a comment.
    fileprivate func assigns(_ key: Substring) -> Bool {
        guard !drop(while: { $0 == " " }).hasPrefix("--"), let place = firstRange(of: key) else {
            return false
        }
        let isWordStart = place.lowerBound == startIndex || !self[index(before: place.lowerBound)].isLetter
        return isWordStart
            && self[place.upperBound...].drop { $0 == " " || $0 == "\"" || $0 == "]" }.hasPrefix("=")
    }
}
