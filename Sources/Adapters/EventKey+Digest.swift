import JSON
import OpenSSL

extension AdapterDefinition {
    /// The key of a request: its components, else, where none of them is there, its whole content for a
    /// while.
    func key(of evaluation: Evaluation) -> EventKey {
        let components = eventKey.map(evaluation.find)
        var text = KeyText()
        text.add(Array(name.utf8))
        guard components.contains(where: { $0 != .absent }) else {
            text.add(wholeOf: evaluation)
            return EventKey(bytes: text.digest, repeatWindow: repeatWindow)
        }
        for component in components { text.add(component) }
        return EventKey(bytes: text.digest, repeatWindow: nil)
    }
}

/// Components joined so that no two different lists give the same bytes: a tag, a length, the bytes.
private struct KeyText {
    private var bytes: [UInt8] = []

    var digest: [UInt8] { OpenSSL.digest(bytes, .sha256) }

    mutating func add(_ component: [UInt8], tag: UInt8 = 1) {
        bytes.append(tag)
        add(count: component.count)
        bytes += component
    }

    mutating func add(_ component: Evaluation.Found) {
        switch component {
        case .absent: bytes.append(0)
        case .text(let text): add(text)
        case .several(let texts):
            bytes.append(2)
            add(count: texts.count)
            for text in texts { add(text) }
        case .tree(let tree): add(Array(tree.text(sortedKeys: true).utf8), tag: 3)
        }
    }

    /// A multipart body has a boundary of its own at each sending, so its fields and files stand for it.
    mutating func add(wholeOf evaluation: Evaluation) {
        let request = evaluation.request
        bytes.append(4)
        for part in [request.method, request.tail, request.query] { add(Array(part.utf8)) }
        guard evaluation.decoded.isMultipart else { return add(request.body) }
        for field in evaluation.decoded.form {
            add(Array(field.name.utf8))
            add(field.bytes)
        }
        for file in evaluation.decoded.files {
            for part in [file.field, file.name, file.type] { add(Array(part.utf8)) }
            add(file.sha256)
        }
    }

    private mutating func add(count: Int) {
        for shift in stride(from: 56, through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: count >> shift))
        }
    }
}
