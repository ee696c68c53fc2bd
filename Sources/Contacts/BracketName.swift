import JSON

/// Names of PHP forms: `data[client][phone]`, `user[]`.
enum BracketName {
    /// Deeper names stay as they are.
    private static let maxDepth = 8
    /// More names with brackets stay as they are.
    private static let maxNames = 1_000

    /// Members whose names begin alike put together as objects and lists, at the place of the first; the others, and names
    /// whose brackets do not match, as they are.
    static func grouped(_ members: [(String, JSON)]) -> [(String, JSON)] {
        var found: [(name: String, node: Node)] = []
        var roots: [String: Int] = [:]
        var count = 0
        for (name, value) in members {
            guard let steps = steps(name), count < maxNames else {
                found.append((name, .leaf(value)))
                continue
            }
            count += 1
            if let place = roots[steps.root] {
                if found[place].node.put(value, steps.rest[...]) { continue }
                found.append((name, .leaf(value)))
            } else {
                var node = Node.branch([])
                _ = node.put(value, steps.rest[...])
                roots[steps.root] = found.count
                found.append((steps.root, node))
            }
        }
        return found.map { ($0.name, $0.node.json) }
    }

    /// `a[b][]` → `a`, `["b", ""]`; nil for a name without brackets and for one whose brackets do not match.
    private static func steps(_ name: String) -> (root: String, rest: [String])? {
        guard let open = name.firstIndex(of: "["), open > name.startIndex, name.hasSuffix("]") else {
            return nil
        }
        let inner = name[name.index(after: open)...].dropLast()
        let rest = inner.split(separator: "][", omittingEmptySubsequences: false).map(String.init)
        guard rest.count <= maxDepth, rest.allSatisfy({ !$0.contains("[") && !$0.contains("]") }) else {
            return nil
        }
        return (String(name[..<open]), rest)
    }

    private indirect enum Node {
        case leaf(JSON)
        case branch([(name: String, node: Node)])

        /// - Returns: false if a value stands in the way.
        mutating func put(_ value: JSON, _ steps: ArraySlice<String>) -> Bool {
            guard case .branch(var members) = self, let step = steps.first else { return false }
            self = .branch([])
            defer { self = .branch(members) }
            let name = step.isEmpty ? String(members.count) : step
            let rest = steps.dropFirst()
            if let place = members.firstIndex(where: { $0.name == name }) {
                return members[place].node.put(value, rest)
            }
            var node = Node.branch([])
            if rest.isEmpty { node = .leaf(value) } else { _ = node.put(value, rest) }
            members.append((name, node))
            return true
        }

        /// A branch whose names are 0, 1, 2… is a list.
        var json: JSON {
            switch self {
            case .leaf(let value): return value
            case .branch(let members):
                let isList = members.enumerated().allSatisfy { $0.element.name == String($0.offset) }
                if isList { return .array(members.map(\.node.json)) }
                return .object(JSONObject(members.map { ($0.name, $0.node.json) }))
            }
        }
    }
}
