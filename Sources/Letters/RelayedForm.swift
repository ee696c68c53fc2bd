import Contacts

/// The fields of a form as site robots and marketplaces write them into a letter: `Name: Ann`, `Phone` and its value in the next
/// column or line.
func formFields(in text: String) -> [ContactField] {
    var fields: [ContactField] = []
    /// Of the last field: its value may go on in the lines below, or begin there.
    var isOpen = false
    for line in text.split(separator: "\n", omittingEmptySubsequences: false).prefix(1_000) {
        let bare = line.trimmed
        if bare.isEmpty {
            isOpen = isOpen && fields.last?.value.isEmpty == true
        } else if let field = field(bare) {
            fields.append(field)
            isOpen = true
        } else if isOpen, let last = fields.indices.last {
            fields[last].value += (fields[last].value.isEmpty ? "" : "\n") + bare
        }
    }
    return fields.filter { !$0.value.isEmpty }
}

private func field(_ line: String) -> ContactField? {
    guard let mark = line.firstIndex(where: { ":：\t".contains($0) }) else { return nil }
    let name = line[..<mark].trimming(" *-•>\u{A0}")
    let value = line[line.index(after: mark)...].trimmed
    let isAddress = value.hasPrefix("//")
    guard (1...60).contains(name.count), name.contains(where: \.isLetter),
        name.split(separator: " ").count <= 6, !isAddress
    else { return nil }
    return ContactField(name: name, value: value.trimming("*"))
}
