// swift-tools-version:6.2
import Foundation
import PackageDescription

// The rooms of DESIGN §4 and what each imports, bottom first. `LEADGATE_ROOMS=pure` leaves out what needs HTTP, so that
// the sanitizers and the fast tests build in half a minute; a comma-separated list of targets (say
// `LEADGATE_ROOMS=JSON,JSONTests`) builds just those and what they import.

let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let signals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")

/// Query and migration files by base name; each is embedded in the binary, a missing one does not compile.
func embedded(_ folder: String, _ names: String...) -> [Resource] {
    names.map { .embedInCode("\(folder)/\($0)") }
}

var targets: [Target] = [
    // System libraries and shims.
    .systemLibrary(name: "CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
    .systemLibrary(name: "CCurlLibrary", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CLuaLibrary", pkgConfig: "lua5.4-c++", providers: [.apt(["liblua5.4-dev"])]),
    .systemLibrary(
        name: "CGMimeLibrary", pkgConfig: "gmime-3.0", providers: [.apt(["libgmime-3.0-dev"])]),
    .systemLibrary(name: "CXML2Library", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
    .target(name: "CCurl", dependencies: ["CCurlLibrary"]),
    .target(name: "CGMime", dependencies: ["CGMimeLibrary"]),
    .target(name: "CXML2", dependencies: ["CXML2Library"]),
    .target(name: "CRapidJSON"),
    .target(name: "CLua", dependencies: ["CLuaLibrary", "CRapidJSON"]),
    .target(name: "CPhoneNumbers", linkerSettings: [.linkedLibrary("phonenumber")]),

    // One thin, safe room per library.
    .target(name: "JSON", dependencies: ["CRapidJSON"]),
    .target(name: "Lua", dependencies: ["CLua"]),
    .target(name: "PhoneNumbers", dependencies: ["CPhoneNumbers"]),
    .target(name: "OpenSSL", dependencies: ["CCrypto"]),
    .target(name: "IDN", dependencies: ["CIDN2"]),
    .target(name: "Curl", dependencies: ["CCurl"]),
    .target(name: "MIME", dependencies: ["CGMime"]),
    .target(name: "HTML", dependencies: ["CXML2"]),
    .target(name: "XML", dependencies: ["CXML2"]),
    .target(name: "Postgres", dependencies: ["CPQ"]),

    // What Leadgate is.
    .target(name: "Contacts", dependencies: ["JSON"]),
    .target(
        name: "Letters",
        dependencies: ["Contacts", "HTML", "IDN", "JSON", "MIME", "OpenSSL", "PhoneNumbers"]),
    .target(name: "Telemetry", dependencies: [logging]),
    .target(
        name: "Adapters", dependencies: ["Contacts", "JSON", "Lua", "OpenSSL", "XML"],
        resources: [.embedInCode("prelude.lua")]),
    .target(name: "Configuring", dependencies: ["Adapters", "Contacts", "OpenSSL", yams]),
    .target(
        name: "Store", dependencies: ["Contacts", "JSON", "Postgres"],
        resources: embedded(
            "Migrations", "m0001_foundation.sql", "m0002_security.sql", "m0003_accounts.sql",
            "m0004_watch.sql")
            + embedded(
                "Queries", "resolving.sql", "journal.sql", "reading.sql", "installation.sql", "accounts.sql",
                "watch.sql")),
    .target(name: "Files"),
    .target(name: "Cluster", dependencies: ["Files"]),
    .target(
        name: "Resolving",
        dependencies: [
            "Adapters", "Contacts", "IDN", "JSON", "PhoneNumbers", "Postgres", "Store", "Telemetry", logging,
        ]),
    .target(
        name: "Receiving",
        dependencies: [
            "Adapters", "Contacts", "Files", "JSON", "OpenSSL", "PhoneNumbers", "Postgres", "Store",
            "Telemetry", hummingbird, logging, mustache,
        ]),
    .target(
        name: "API",
        dependencies: [
            "Adapters", "Contacts", "IDN", "JSON", "OpenSSL", "PhoneNumbers", "Postgres", "Receiving",
            "Store", "Telemetry",
            hummingbird, logging,
        ], resources: [.embedInCode("openapi.yaml")]),
    .target(
        name: "Console",
        dependencies: [
            "Adapters", "API", "Contacts", "IDN", "JSON", "OpenSSL", "PhoneNumbers", "Postgres", "Receiving",
            "Store",
            hummingbird, logging,
        ]),
    .executableTarget(
        name: "Leadgate",
        dependencies: [
            "Adapters", "API", "Cluster", "Configuring", "Console", "Contacts", "Curl", "JSON", "OpenSSL",
            "Postgres",
            "Receiving",
            "Resolving", "Store", "Telemetry", arguments, hummingbird, lifecycle, logging, signals,
        ]),

    // Tests.
    .target(
        name: "Harness", dependencies: ["Cluster", "Curl", "JSON", "Postgres", "Store"], path: "Tests/Harness"
    ),
    .testTarget(name: "JSONTests", dependencies: ["JSON"]),
    .testTarget(name: "LuaTests", dependencies: ["Lua"]),
    .testTarget(name: "PhoneNumbersTests", dependencies: ["PhoneNumbers"]),
    .testTarget(name: "OpenSSLTests", dependencies: ["OpenSSL"]),
    .testTarget(name: "IDNTests", dependencies: ["IDN"]),
    .testTarget(name: "XMLTests", dependencies: ["XML"]),
    .testTarget(name: "CurlTests", dependencies: ["Curl"]),
    .testTarget(name: "MIMETests", dependencies: ["MIME"]),
    .testTarget(name: "HTMLTests", dependencies: ["HTML"]),
    .testTarget(name: "LettersTests", dependencies: ["Contacts", "JSON", "Letters"]),
    .testTarget(name: "PostgresTests", dependencies: ["Harness", "Postgres"]),
    .testTarget(name: "ClusterTests", dependencies: ["Cluster", "Harness", "Postgres"]),
    .testTarget(name: "ContactsTests", dependencies: ["Contacts", "JSON"]),
    .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", logging]),
    .testTarget(name: "AdaptersTests", dependencies: ["Adapters", "Contacts", "JSON", "OpenSSL"]),
    .testTarget(name: "ConfiguringTests", dependencies: ["Adapters", "Configuring", "Contacts"]),
    .testTarget(
        name: "ResolvingTests",
        dependencies: [
            "Adapters", "Contacts", "Harness", "JSON", "Postgres", "Resolving", "Store", "Telemetry", logging,
        ]),
    .testTarget(
        name: "APITests",
        dependencies: [
            "Adapters", "API", "Contacts", "Curl", "Harness", "JSON", "OpenSSL", "Postgres", "Receiving",
            "Store", "Telemetry", hummingbird, logging, yams,
        ]),
    .testTarget(name: "StoreTests", dependencies: ["Contacts", "Harness", "JSON", "Postgres", "Store"]),
    .testTarget(
        name: "FaultsTests",
        dependencies: ["Cluster", "Contacts", "Curl", "Harness", "JSON", "OpenSSL", "Postgres"]),
    .testTarget(
        name: "ReceivingTests",
        dependencies: [
            "Adapters", "Contacts", "Curl", "Files", "Harness", "JSON", "OpenSSL", "Postgres", "Receiving",
            "Store", "Telemetry", hummingbird, logging,
        ]),
    .testTarget(name: "ConsoleTests", dependencies: ["Console", "Contacts"]),
    .testTarget(name: "ProgramTests", dependencies: ["Curl", "Harness", "JSON", "Postgres"]),
    .testTarget(name: "BrowserTests", dependencies: ["Curl", "Harness", "JSON", "Postgres"]),
]

for target in targets where target.type != .system {
    let isCxx = ["CRapidJSON", "CLua", "CPhoneNumbers"].contains(target.name)
    if isCxx || ["CCurl", "CGMime", "CXML2"].contains(target.name) { continue }
    target.swiftSettings =
        (target.swiftSettings ?? []) + [
            .enableUpcomingFeature("ExistentialAny"), .enableUpcomingFeature("MemberImportVisibility"),
            .enableUpcomingFeature("InternalImportsByDefault"), .strictMemorySafety(),
            .treatAllWarnings(as: .error),
        ]
}

// MARK: - Choosing rooms

/// The names of a target's own targets among its imports.
func imports(of target: Target) -> [String] {
    target.dependencies.compactMap {
        if case .byNameItem(let name, _) = $0 { return name }
        if case .targetItem(let name, _) = $0 { return name }
        return nil
    }
}

@MainActor func closure(of names: Set<String>) -> Set<String> {
    var known = names
    var open = Array(names)
    while let name = open.popLast(), let target = targets.first(where: { $0.name == name }) {
        for next in imports(of: target) where known.insert(next).inserted { open.append(next) }
    }
    return known
}

let web: Set<String> = ["Receiving", "API", "Console", "Leadgate"]
if let choice = Context.environment["LEADGATE_ROOMS"], !choice.isEmpty {
    let program: Set<String> = [
        "ReceivingTests", "APITests", "ConsoleTests", "ProgramTests", "FaultsTests", "BrowserTests",
    ]
    let wanted =
        choice == "pure"
        ? Set(targets.map(\.name)).subtracting(web).subtracting(program)
        : closure(of: Set(choice.split(separator: ",").map(String.init)))
    targets.removeAll { !wanted.contains($0.name) }
}

let isPure = !targets.contains { web.contains($0.name) }
let package = Package(
    name: "leadgate",
    products: !targets.contains { $0.name == "Leadgate" }
        ? [] : [.executable(name: "leadgate", targets: ["Leadgate"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/jpsim/Yams", exact: "6.2.2"),
    ]
        + (isPure
            ? []
            : [
                .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
                .package(
                    url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1", traits: []),
                .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
                .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
            ]),
    targets: targets,
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
