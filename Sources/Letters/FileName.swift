import Contacts

/// A name that is safe to show, to offer for saving and to keep on any system: no folders, no control or direction marks, no
/// leading point, no device of Windows; at most 120 bytes with its ending kept.
///
/// - Parameter mediaType: gives a name to what has none: `attachment.pdf` for `application/pdf`.
func safeFileName(_ raw: String, mediaType: String) -> String {
    let last = raw.split { $0 == "/" || $0 == "\\" }.last ?? ""
    let kept = last.unicodeScalars.filter { scalar in
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x2069, 0xFEFF, 0xFFFD: false
        default: !"<>:\"|?*".unicodeScalars.contains(scalar)
        }
    }
    var name = String(String.UnicodeScalarView(kept)).trimmed
    while name.hasPrefix(".") || name.hasPrefix(" ") { name.removeFirst() }
    while name.hasSuffix(".") || name.hasSuffix(" ") { name.removeLast() }
    if name.isEmpty { return "attachment" + (endings[mediaType].map { "." + $0 } ?? "") }
    if devices.contains(name.prefix { $0 != "." }.lowercased()) { name = "_" + name }
    guard name.utf8.count > 120 else { return name }
    let ending = name.split(separator: ".").last.map(String.init) ?? ""
    guard name.contains("."), (1...16).contains(ending.utf8.count) else { return name.kept(bytes: 120) }
    return name.kept(bytes: 119 - ending.utf8.count) + "." + ending
}

private let devices: Set<String> = Set(
    ["con", "prn", "aux", "nul"] + (1...9).flatMap { ["com\($0)", "lpt\($0)"] })

private let endings: [String: String] = [
    "message/rfc822": "eml", "text/calendar": "ics", "application/ms-tnef": "dat", "application/pdf": "pdf",
    "image/png": "png",
    "image/jpeg": "jpg", "image/gif": "gif", "text/html": "html", "text/plain": "txt",
    "application/zip": "zip",
    "message/delivery-status": "txt", "text/vcard": "vcf", "text/csv": "csv",
]
