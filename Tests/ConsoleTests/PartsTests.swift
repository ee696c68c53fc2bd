import Contacts
import Testing

@testable import Console

@Suite("Parts of the console")
struct PartsTests {
    private static let start = Instant(microseconds: 1_768_465_230_000_000)

    @Test("every language has the words of every other, and the templates ask for no other")
    func words() throws {
        let english = try #require(ConsoleWords.all.first)
        for words in ConsoleWords.all {
            #expect(Set(words.table.keys) == Set(english.table.keys), "\(words.language)")
            #expect(!words.table.values.contains(""), "\(words.language)")
        }
        let asked = ConsoleTemplates.all.values.flatMap { $0.matches(of: #/{{w\.(\w+)}}/#) }.map {
            String($0.output.1)
        }
        #expect(Set(asked).subtracting(english.table.keys) == [])
        #expect(asked.count > 50)
    }

    @Test(
        "the browser's language is spoken, else English",
        arguments: [("uk-UA,uk;q=0.9", "uk"), ("de, ru;q=0.5", "ru"), ("de", "en"), ("", "en"), ("RU", "ru")])
    func language(_ header: String, _ expected: String) {
        #expect(ConsoleWords.of(header).language == expected)
    }

    @Test("a form is read by name, and what cannot be kept is left out")
    func forms() {
        let values = FormValues("id=1&id=2&name=a+b%26c&empty=&bad=%zz&nul=%00&%41=x")
        #expect(values.all("id") == ["1", "2"])
        #expect(values["name"] == "a b&c")
        #expect(values["A"] == "x")
        #expect(values["bad"] == "%zz")
        for name in ["empty", "nul", "none"] { #expect(values[name] == nil, "\(name)") }
        #expect(FormValues(nil)["x"] == nil)
    }

    @Test("five wrong passwords close a name and an address for five minutes, a right one opens the name")
    func throttle() {
        let throttle = LoginThrottle()
        for _ in 1...4 { throttle.failed(["name a", "address x"], now: Self.start) }
        #expect(throttle.wait(["name a", "address x"], now: Self.start) == nil)
        throttle.failed(["name a", "address x"], now: Self.start)
        #expect(throttle.wait(["name a", "address y"], now: Self.start) == 300)
        #expect(throttle.wait(["name b", "address x"], now: Self.start + .seconds(299)) == 1)
        #expect(throttle.wait(["name b", "address y"], now: Self.start) == nil)
        #expect(throttle.wait(["name a"], now: Self.start + .seconds(300)) == nil)
        throttle.succeeded("name a")
        #expect(throttle.wait(["name a"], now: Self.start) == nil)
    }

    @Test("a mark is of one session only")
    func marks() {
        let (one, other) = (SessionToken.make(), SessionToken.make())
        #expect(one.isMark(one.formMark))
        #expect(!one.isMark(other.formMark))
        #expect(!one.isMark(nil))
        #expect(!one.isMark(""))
        #expect(one.hash != other.hash)
    }

    @Test("a place is free again when its holder is gone")
    func places() {
        let places = Places(2)
        let one = places.enter()
        var two = places.enter()
        #expect(one != nil && two != nil)
        #expect(places.enter() == nil)
        two = nil
        #expect(two == nil && places.enter() != nil)
        withExtendedLifetime(one) {}
    }
}
