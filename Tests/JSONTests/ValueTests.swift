import JSON
import Testing

@Suite("JSON values")
struct ValueTests {
    let lead: JSON = [
        "name": "Ann", "age": 42, "vip": true, "rate": .number("1.50"), "none": nil,
        "items": [["sku": "A-1"], ["sku": "B-2", "tags": ["x"]]], "": "empty",
    ]

    @Test("a path leads through members and places")
    func paths() {
        #expect(lead.at(path: "name") == "Ann")
        #expect(lead.at(path: "items.1.tags.0") == "x")
        #expect(lead.at(path: "none") == .some(.null))
        #expect(lead.at(path: "items.2") == nil)
        #expect(lead.at(path: "items.01") == nil)
        #expect(lead.at(path: "items.-1") == nil)
        #expect(lead.at(path: "name.0") == nil)
        #expect(lead.at(path: "items.") == nil)
        #expect(lead.at(path: "") == lead)
        #expect(lead["items"]?[1]?["sku"] == "B-2")
        #expect(lead[0] == nil)
    }

    @Test("a scalar is the text of a single value")
    func scalars() {
        #expect(lead["name"]?.scalar == "Ann")
        #expect(lead["age"]?.scalar == "42")
        #expect(lead["vip"]?.scalar == "true")
        #expect(lead["rate"]?.scalar == "1.50")
        #expect(lead["none"]?.scalar == nil)
        #expect(lead["items"]?.scalar == nil)
    }

    @Test("members keep their order, and a set one stays in its place")
    func order() {
        var object: JSONObject = ["b": 1, "a": 2, "c": 3]
        object["a"] = 9
        object["d"] = .some(.null)
        object["b"] = nil
        object["x"] = nil
        #expect(object.keys == ["a", "c", "d"])
        #expect(JSON.object(object).text() == #"{"a":9,"c":3,"d":null}"#)
        #expect(object.count == 3)
        #expect(object.map(\.key) == object.keys)
    }

    @Test("of a name given twice the first place and the last value stay", arguments: [3, 100])
    func repeated(count: Int) {
        let members = (0..<count).map { ("k\($0)", JSON.integer(Int64($0))) }
        let object = JSONObject(members + [("k0", "last")])
        #expect(object.count == count)
        #expect(object.keys.first == "k0")
        #expect(object["k0"] == "last")
    }

    @Test("objects are equal in any order, and then hash alike")
    func equality() {
        let one: JSON = ["a": 1, "b": [1, 2], "c": ["d": nil]]
        let other: JSON = ["c": ["d": nil], "b": [1, 2], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1, "b": [2, 1], "c": ["d": nil]])
        #expect(one != ["a": 1, "b": [1, 2]])
        #expect(one != ["a": 1, "b": [1, 2], "C": ["d": nil]])
        #expect(JSON.integer(1) != .number("1.0"))
    }
}
