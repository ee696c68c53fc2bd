/// The members of a JSON object in the order they were written; each name once.
///
/// Names are compared byte by byte, so "é" in one code point and "é" in two are different members, as they are
/// to every program that signs or reads the text. A look-up walks the members: fine for what requests hold.
public struct JSONObject: Sendable {
    public typealias Element = (key: String, value: JSON)

    private var entries: [Element] = []

    public init() {}

    /// Members in this order. Of a name that comes twice the first place and the last value stay.
    public init(_ members: [(String, JSON)]) {
        entries.reserveCapacity(members.count)
        if members.count <= 16 {
            for (key, value) in members { self[key] = value }
            return
        }
        var places: [ExactKey: Int] = [:]
        for (key, value) in members {
            if let place = places[ExactKey(text: key)] {
                entries[place].value = value
            } else {
                places[ExactKey(text: key)] = entries.count
                entries.append((key, value))
            }
        }
    }

    /// Members whose names the reader has already found to differ.
    init(distinct members: [Element]) { entries = members }

    /// Nil for a name that is not there. Setting nil removes the member; a new one is put last.
    ///
    /// `null` is a value: write `object["a"] = .some(.null)` to set it.
    public subscript(key: String) -> JSON? {
        get { place(of: key).map { entries[$0].value } }
        set {
            switch (place(of: key), newValue) {
            case (let place?, let value?): entries[place].value = value
            case (let place?, nil): entries.remove(at: place)
            case (nil, let value?): entries.append((key, value))
            case (nil, nil): break
            }
        }
    }

    /// The names in order.
    public var keys: [String] { entries.map(\.key) }
    /// The values in order.
    public var values: [JSON] { entries.map(\.value) }
    public var count: Int { entries.count }
    public var isEmpty: Bool { entries.isEmpty }

    /// The members by the bytes of their names.
    var sorted: [Element] { entries.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) } }

    private func place(of key: String) -> Int? { entries.firstIndex { isSame($0.key, key) } }
}

extension JSONObject: Sequence {
    public func makeIterator() -> IndexingIterator<[Element]> { entries.makeIterator() }
    public var underestimatedCount: Int { entries.count }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) { self.init(elements) }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in any order.
    public static func == (one: JSONObject, other: JSONObject) -> Bool {
        guard one.count == other.count else { return false }
        let sameOrder = zip(one.entries, other.entries).allSatisfy { isSame($0.key, $1.key) }
        if sameOrder { return zip(one.entries, other.entries).allSatisfy { $0.value == $1.value } }
        return zip(one.sorted, other.sorted).allSatisfy { isSame($0.key, $1.key) && $0.value == $1.value }
    }

    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for (key, value) in entries {
            var member = Hasher()
            member.combine(key)
            member.combine(value)
            sum &+= member.finalize()
        }
        hasher.combine(sum)
    }
}

/// Equality of two names by their bytes; Swift's own also takes canonical equivalents for equal.
private func isSame(_ one: String, _ other: String) -> Bool {
    one.utf8.count == other.utf8.count && one == other && one.utf8.elementsEqual(other.utf8)
}

private struct ExactKey: Hashable {
    let text: String
    static func == (one: ExactKey, other: ExactKey) -> Bool { isSame(one.text, other.text) }
    func hash(into hasher: inout Hasher) { hasher.combine(text) }
}
