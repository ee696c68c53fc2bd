import Foundation
import JSON
import Testing

/// A page of ours read the way a browser does, as far as its form goes. Python's parser knows nothing of how it was written.
struct PageReader: Sendable {
    struct Field: Sendable, Hashable {
        let name: String
        let value: String
        let attributes: [String: String]
    }
    let language: String
    let text: String
    let fields: [Field]
    let action: String
    /// Names of every element, in order.
    let elements: [String]
    /// Addresses that a browser would load by itself.
    let loads: [String]

    init(_ html: String) async throws {
        let answer = try await onThread { try PageReader.run(html) }
        let json = try JSON.parse(answer)
        language = json["language"]?.string ?? ""
        text = json["text"]?.string ?? ""
        action = json["action"]?.string ?? ""
        elements = (json["elements"]?.array ?? []).compactMap(\.string)
        loads = (json["loads"]?.array ?? []).compactMap(\.string)
        fields = (json["fields"]?.array ?? []).map { field in
            let attributes = (field["attributes"]?.object ?? JSONObject()).map {
                ($0.key, $0.value.string ?? "")
            }
            return Field(
                name: field["name"]?.string ?? "", value: field["value"]?.string ?? "",
                attributes: Dictionary(attributes, uniquingKeysWith: { first, _ in first }))
        }
    }

    func value(_ name: String) -> String? { fields.first { $0.name == name }?.value }
    func field(_ name: String) -> Field? { fields.first { $0.name == name } }

    /// What the browser sends when a person has typed `typed`.
    func filled(_ typed: [String: String]) -> [(String, String)] {
        fields.map { ($0.name, typed[$0.name] ?? $0.value) }
    }

    private static func run(_ html: String) throws -> String {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
        try html.write(to: file, atomically: true, encoding: .utf8)
        defer { try? FileManager.default.removeItem(at: file) }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3", "-c", program, file.path]
        process.standardOutput = output
        try process.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    private static let program = """
        import sys, json, html.parser
        class Reader(html.parser.HTMLParser):
            def __init__(self):
                super().__init__()
                self.page = {'language': '', 'text': '', 'action': '', 'fields': [], 'elements': [], 'loads': []}
                self.area = None
                self.silent = 0
            def handle_starttag(self, tag, attributes):
                attributes = {name: value or '' for name, value in attributes}
                self.page['elements'].append(tag)
                if tag == 'html': self.page['language'] = attributes.get('lang', '')
                if tag == 'form': self.page['action'] = attributes['action']
                if tag in ('style', 'script'): self.silent += 1
                if tag in ('img', 'script', 'iframe', 'link') and ('src' in attributes or 'href' in attributes):
                    self.page['loads'].append(attributes.get('src') or attributes.get('href'))
                if tag == 'input':
                    self.page['fields'].append(
                        {'name': attributes.get('name', ''), 'value': attributes.get('value', ''), 'attributes': attributes})
                if tag == 'textarea': self.area = {'name': attributes['name'], 'value': '', 'attributes': attributes}
            def handle_endtag(self, tag):
                if tag in ('style', 'script'): self.silent -= 1
                if tag == 'textarea':
                    self.area['value'] = self.area['value'].removeprefix('\\n')
                    self.page['fields'].append(self.area)
                    self.area = None
            def handle_data(self, data):
                if self.area is not None: self.area['value'] += data
                elif not self.silent: self.page['text'] += data
        reader = Reader()
        reader.feed(open(sys.argv[1], newline='').read())
        print(json.dumps(reader.page))
        """
}
