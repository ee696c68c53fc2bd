import Contacts
import JSON
import Testing

@Suite("Containers of forms")
struct FlattenTests {
    private func flat(_ text: String) throws -> [String] {
        flatten(try JSON.parse(text)).map { "\($0.name)=\($0.value)" }
    }

    @Test(
        "every shape of container gives names and values",
        arguments: [
            (
                "flat", #"{"name":"Ann","total":12.50,"vip":true,"x":null}"#,
                ["name=Ann", "total=12.50", "vip=true"]
            ),
            (
                "PHP brackets in JSON", #"{"payment[products][0][name]":"Coat","payment[amount]":"5"}"#,
                ["payment.products.0.name=Coat", "payment.amount=5"]
            ),
            (
                "Meta",
                #"{"field_data":[{"name":"full_name","values":["Ann Lee"]},{"name":"city","values":["Kyiv"]}]}"#,
                ["full_name=Ann Lee", "city=Kyiv"]
            ),
            (
                "Google Ads",
                #"{"user_column_data":[{"column_name":"Full Name","string_value":"Ann","column_id":"FULL_NAME"}]}"#,
                ["Full Name=Ann"]
            ),
            ("TikTok", #"{"fields":[{"field":"email","value":"a@example.com"}]}"#, ["email=a@example.com"]),
            ("VK", #"{"answers":[{"key":"first_name","question":"Имя","answer":"Иван"}]}"#, ["Имя=Иван"]),
            (
                "Marquiz", #"{"answers":[{"q":"Колір?","a":["red","blue"]}],"contacts":{"name":"Ann"}}"#,
                ["Колір?=red, blue", "name=Ann"]
            ),
            (
                "Calendly", #"{"questions_and_answers":[{"question":"Why?","answer":"So","position":0}]}"#,
                ["Why?=So"]
            ),
            (
                "Tally",
                #"{"data":{"fields":[{"key":"q_1","label":"Color","type":"MULTIPLE_CHOICE","value":["b"],"options":"#
                    + #"[{"id":"a","text":"Red"},{"id":"b","text":"Blue"}]},"#
                    + #"{"key":"q_2","label":"Your contact","type":"INPUT_PHONE_NUMBER","value":"+1"}]}}"#,
                ["Color=Blue", "Your contact (phone)=+1"]
            ),
            (
                "Typeform",
                #"{"form_response":{"definition":{"fields":[{"id":"f1","ref":"r1","title":"Your e-mail?"}]},"#
                    + #""answers":[{"type":"email","email":"a@example.com","field":{"id":"f1","ref":"r1"}},"#
                    + #"{"type":"choices","choices":{"labels":["x","y"]},"field":{"id":"f2"}}]}}"#,
                ["Your e-mail?=a@example.com", "f2=x, y"]
            ),
            (
                "Unbounce and Google Forms",
                #"{"namedValues":{"Ваше имя":["Иван"],"Hobby":["a","b"],"None":[""]}}"#,
                ["Ваше имя=Иван", "Hobby=a, b"]
            ),
            (
                "JSON in a string",
                #"{"rawRequest":"{\"q3_name\":{\"first\":\"Ann\",\"last\":\"Lee\"},\"q4\":\"[x]\"}"}"#,
                ["q3_name first name=Ann", "q3_name last name=Lee", "q4=[x]"]
            ),
            (
                "split phone",
                #"{"q5_phone":{"area":"044","phone":"1234567"},"q6_phone":{"full":"(044) 1"}}"#,
                ["q5_phone=044 1234567", "q6_phone=(044) 1"]
            ),
            (
                "Cal.com",
                #"{"responses":{"email":{"label":"email_address","value":"a@example.com","isHidden":false}}}"#,
                ["email_address=a@example.com"]
            ),
            (
                "Elementor",
                #"{"fields":{"abc":{"id":"abc","type":"tel","title":"Call me","value":"1","raw_value":"1"}}}"#,
                ["Call me (phone)=1"]
            ),
            (
                "unknown nesting", #"{"car":{"model":"Leaf","years":[{"from":2019,"to":2021}]}}"#,
                ["car.model=Leaf", "car.years.0.from=2019", "car.years.0.to=2021"]
            ),
            ("a scalar", #""hello""#, ["=hello"]), ("nothing", "{}", []),
        ])
    func shapes(name: String, json: String, expected: [String]) throws { #expect(try flat(json) == expected) }

    @Test("the contact is found in each container")
    func contacts() throws {
        let bodies = [
            #"{"field_data":[{"name":"full_name","values":["Ann Lee"]},{"name":"phone_number","values":["+442071838750"]}]}"#,
            #"{"answers":[{"key":"first_name","answer":"Ann"},{"key":"last_name","answer":"Lee"},{"key":"phone_number","answer":"+442071838750"}]}"#,
            #"{"rawRequest":"{\"q3_name\":{\"first\":\"Ann\",\"last\":\"Lee\"},\"q5_phoneNumber\":{\"full\":\"+442071838750\"}}"}"#,
            #"{"data.json":"{\"name\":[\"Ann Lee\"],\"phone\":[\"+442071838750\"]}"}"#,
            #"{"responses":{"name":{"label":"your_name","value":"Ann Lee"},"attendeePhoneNumber":{"label":"phone_number","value":"+442071838750"}}}"#,
            #"{"user":{"name":"Ann Lee","contacts":{"mobile":"+442071838750"}}}"#,
            #"{"data[client][name]":"Ann Lee","data[client][phone]":"+442071838750"}"#,
            #"{"contact__name":"Ann Lee","contact__phone":"+442071838750"}"#,
        ]
        for body in bodies {
            let reading = readForm(flatten(try JSON.parse(body)))
            #expect(reading.name == "Ann Lee", "\(body)")
            #expect(reading.points == [RawPoint(kind: .phone, value: "+442071838750")], "\(body)")
        }
    }

    @Test("names in brackets of a plain form are taken apart, repeated and broken ones kept")
    func brackets() {
        let form = [
            ("fields[name][title]", "Ім'я"), ("fields[name][id]", "name"), ("fields[name][value]", "Ann"),
            ("colour[]", "red"),
            ("colour[]", "blue"), ("odd[", "1"), ("odd]", "2"), ("phone", "0501234567"),
            ("phone", "0671234567"),
        ].map { ContactField(name: $0.0, value: $0.1) }
        let reading = readForm(form)
        #expect(reading.name == "Ann" && reading.points.count == 2)
        #expect(reading.fields.map { "\($0.name)=\($0.value)" } == ["colour=red, blue", "odd[=1", "odd]=2"])
    }

    @Test("a list of objects is several forms, a list of described fields one")
    func several() throws {
        let forms = submissions(in: try JSON.parse(#"[{"name":"Ann","email":"a@b.c"},{"name":"Bob"},{}]"#))
        #expect(forms.map(\.count) == [2, 1])
        let one = submissions(
            in: try JSON.parse(#"[{"name":"name","value":"Ann"},{"name":"phone","value":"+1"}]"#))
        #expect(
            one == [[ContactField(name: "name", value: "Ann"), ContactField(name: "phone", value: "+1")]])
        #expect(submissions(in: [:]).isEmpty && submissions(in: []).isEmpty)
    }

    @Test("depth, width and texts within texts are bounded")
    func bounded() throws {
        let deep = try JSON.parse(
            String(repeating: "[", count: 400) + "{}" + String(repeating: "]", count: 400), maxDepth: 512)
        #expect(flatten(deep).count <= 1)
        #expect(flatten(.object(JSONObject((0..<5_000).map { ("k\($0)", "v") }))).count == 400)
        var nested = #"{"phone":"+380501234567"}"#
        for _ in 0..<6 { nested = JSON.object(["data": .string(nested)]).text() }
        #expect(flatten(try JSON.parse(nested)).count == 1)
        let names = (0..<3_000).map { ContactField(name: "a[\($0 % 7)][x\($0)]", value: "v") }
        #expect(readForm(names).fields.count == 200)
    }

    @Test("any JSON gives fields", arguments: [UInt64(1), 2, 3])
    func anyJSON(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let names = [
            "name", "value", "a[b]", "a[]", "type", "field", "values", "first", "area", "phone", "answers",
            "utm", "full",
        ]
        func any(_ depth: Int) -> JSON {
            switch Int.random(in: 0..<(depth > 5 ? 4 : 7), using: &generator) {
            case 0: return .null
            case 1: return .integer(Int64.random(in: .min ... .max, using: &generator))
            case 2: return .string(generator.text(upTo: 12))
            case 3: return .string(generator.pick(names, or: "name"))
            case 4: return .array((0..<3).map { _ in any(depth + 1) })
            default:
                return .object(
                    JSONObject((0..<4).map { _ in (generator.pick(names, or: "name"), any(depth + 1)) }))
            }
        }
        for _ in 0..<1_000 {
            let json = any(0)
            let found = flatten(json)
            #expect(found.count <= 400 && found.allSatisfy { !$0.value.isEmpty })
            _ = readForm(found)
        }
    }
}
