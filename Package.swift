// swift-tools-version: 6.2
import PackageDescription

/// Every Swift target is built the same way; a warning is a defect.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

let asyncHTTPClient: Target.Dependency = .product(name: "AsyncHTTPClient", package: "async-http-client")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioEmbedded: Target.Dependency = .product(name: "NIOEmbedded", package: "swift-nio")
let nioWebSocket: Target.Dependency = .product(name: "NIOWebSocket", package: "swift-nio")
let nioSSL: Target.Dependency = .product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let sqlite: Target.Dependency = .product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func program(_ name: String, _ dependencies: [Target.Dependency], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, swiftSettings: strict)
}

let strictC: [CSetting] = [.enableWarning("all"), .enableWarning("extra"), .treatAllWarnings(as: .error)]

func cRoom(_ name: String) -> Target {
    .target(name: name, cSettings: strictC)
}

/// C programs of ours are linked static and without the Swift runtime: they start in a fifth of the time. Sanitizers cannot be linked
/// that way.
let alone: [LinkerSetting] =
    Context.environment["APUS_SANITIZE"] == nil
    ? [.unsafeFlags(["-nostartfiles", "-static-executable"], .when(platforms: [.linux]))] : []

func cProgram(_ name: String, _ dependencies: [Target.Dependency] = [], path: String? = nil) -> Target {
    .executableTarget(name: name, dependencies: dependencies, path: path, cSettings: strictC, linkerSettings: alone)
}

func example(_ name: String, of sdk: Target.Dependency = "DroidSDK") -> Target {
    .executableTarget(name: "example-" + name, dependencies: [sdk], path: "Examples/" + name, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(name: name, dependencies: dependencies, exclude: exclude, swiftSettings: strict)
}

let package = Package(
    name: "apus",
    platforms: [.macOS(.v15), .iOS(.v18)],
    products: [
        .executable(name: "apus", targets: ["apus"]),
        .executable(name: "apus-keeper", targets: ["apus-keeper"]),
        .library(name: "DroidSDK", targets: ["DroidSDK"]),
        .library(name: "QwenSDK", targets: ["QwenSDK"]),
        .library(name: "OptaSDK", targets: ["OptaSDK"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    ],
    targets: [
        // The house, from the ground up; scripts/layers.txt is the law about its arrows.
        room("ApusBase"),
        room("ApusCore", ["ApusBase"]),
        room("DroidWire", ["ApusBase"]),
        room("QwenWire", ["ApusBase"]),
        room("OptaWire", ["ApusBase"]),
        room("ApusSettings", ["ApusBase", "ApusCore"]),
        room("ApusPolicy", ["ApusBase", "ApusCore"]),
        room("ApusEngine", ["ApusBase", "ApusCore", crypto]),
        room("ApusStore", ["ApusBase", "ApusCore", grdb, crypto]),
        cRoom("CSandbox"),
        cProgram("apus-keeper", ["CSandbox"]),
        room("ApusProcess", ["ApusBase", "ApusCore", "CSandbox"]),
        room("ApusWorkspace", ["ApusBase", "ApusCore", crypto]),
        room(
            "ApusTools",
            ["ApusBase", "ApusCore", "ApusProcess", "ApusWorkspace", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL]),
        room("ApusModels", ["ApusBase", "ApusCore", "ApusSettings", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL]),
        room("ApusMCP", ["ApusBase", "ApusCore", "ApusProcess", "ApusSettings", asyncHTTPClient, nioCore, nioHTTP1, nioPosix, nioSSL]),
        room("ApusExtensions", ["ApusBase", "ApusCore", "ApusProcess", "ApusSettings", "ApusWorkspace"]),
        room("ApusFronts", ["ApusBase", "ApusCore", "DroidWire", "QwenWire", "OptaWire", crypto]),
        room("ApusServer", ["ApusBase", "ApusCore", "ApusFronts", nioCore, nioHTTP1, nioPosix, nioSSL, nioWebSocket]),
        room(
            "ApusDaemon",
            [
                "ApusBase", "ApusCore", "ApusEngine", "ApusExtensions", "ApusFronts", "ApusMCP", "ApusModels", "ApusPolicy",
                "ApusProcess", "ApusServer", "ApusSettings", "ApusStore", "ApusTools", "ApusWorkspace", "DroidWire", crypto,
            ]),
        program("apus", ["ApusBase", "ApusCore", "ApusDaemon", "ApusFronts", "ApusSettings", argumentParser]),

        room("ApusTransport", ["ApusBase", asyncHTTPClient, nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL]),
        room("DroidSDK", ["ApusBase", "ApusTransport", "DroidWire"]),
        room("QwenSDK", ["ApusBase", "ApusTransport", "QwenWire"]),
        room("OptaSDK", ["ApusBase", "ApusTransport", "OptaWire"]),

        // What the SDKs are for, one program each.
        example("FirstPrompt"),
        example("Permissions"),
        example("ConcurrentSessions"),
        example("FireAndForget"),
        example("StructuredOutput"),
        example("SDKTools"),
        example("RemoteComputer"),
        example("ExecMode"),
        example("QwenQuickstart", of: "QwenSDK"),
        example("OptaQuickstart", of: "OptaSDK"),

        // For tests only.
        room("ApusTesting", ["ApusBase", "ApusCore"]),
        room("ApusTestServer", ["ApusBase", nioCore, nioPosix, nioHTTP1]),
        program("apus-scripted-provider", ["ApusBase", "ApusTestServer"]),
        program("process-owner", ["ApusCore", "ApusProcess"], path: "Tests/Fixtures/ProcessOwner"),
        program("escape-run", ["ApusCore", "ApusPolicy", "ApusProcess"], path: "Tests/Fixtures/EscapeRun"),
        cProgram("escape-probe", path: "Tests/Fixtures/EscapeProbe"),
        cProgram("process-storm", path: "Tests/Fixtures/ProcessStorm"),
        cProgram("measured-run", path: "Tests/Fixtures/MeasuredRun"),
        program("log-writer-fixture", ["ApusBase", "ApusCore", "ApusStore", "ApusTesting"], path: "Tests/Fixtures/LogWriter"),
        tests("ApusBaseTests", ["ApusBase"]),
        tests("ApusCoreTests", ["ApusBase", "ApusCore", "ApusTesting"]),
        tests(
            "ApusTransportTests",
            ["ApusBase", "ApusTestServer", "ApusTesting", "ApusTransport", "DroidSDK", nioCore, nioPosix, nioHTTP1, nioWebSocket, nioSSL]),
        tests(
            "DroidSDKTests",
            ["ApusBase", "ApusTesting", "ApusTransport", "DroidSDK"]),
        tests("DroidWireTests", ["ApusBase", "DroidWire"]),
        tests("QwenWireTests", ["ApusBase", "QwenWire"]),
        tests("OptaWireTests", ["ApusBase", "OptaWire"]),
        tests("OptaSDKTests", ["ApusBase", "ApusTestServer", "ApusTesting", "ApusTransport", "OptaSDK", "OptaWire"]),
        tests("QwenSDKTests", ["ApusBase", "ApusTestServer", "ApusTesting", "ApusTransport", "QwenSDK", "QwenWire"]),
        tests("ApusSettingsTests", ["ApusBase", "ApusCore", "ApusSettings"]),
        tests("ApusPolicyTests", ["ApusCore", "ApusPolicy"], exclude: ["Corpus"]),
        tests("ApusEngineTests", ["ApusBase", "ApusCore", "ApusEngine", "ApusPolicy", "ApusTesting"]),
        tests("ApusStoreTests", ["ApusBase", "ApusCore", "ApusStore", "ApusTesting", "log-writer-fixture", grdb]),
        tests("ApusProcessTests", ["ApusCore", "ApusProcess", "ApusTesting", "CSandbox"]),
        tests("ApusWorkspaceTests", ["ApusBase", "ApusCore", "ApusWorkspace"]),
        tests(
            "ApusToolsTests",
            ["ApusBase", "ApusCore", "ApusProcess", "ApusTools", "ApusWorkspace", nioCore, nioPosix, nioHTTP1], exclude: ["Golden"]),
        tests("ApusModelsTests", ["ApusBase", "ApusCore", "ApusModels", "ApusSettings", nioCore, nioPosix]),
        tests(
            "ApusMCPTests",
            [
                "ApusBase", "ApusCore", "ApusMCP", "ApusProcess", "ApusSettings", "DroidSDK", "apus-keeper", nioCore,
                nioHTTP1, nioPosix,
            ]),
        tests("ApusExtensionsTests", ["ApusBase", "ApusCore", "ApusExtensions"]),
        tests("ApusFrontsTests", ["ApusBase", "ApusCore", "ApusEngine", "ApusFronts", "ApusTesting", "DroidWire", "QwenWire", "OptaWire"]),
        tests(
            "ApusServerTests",
            [
                "ApusBase", "ApusCore", "ApusFronts", "ApusServer", "ApusTestServer", "ApusTesting", nioCore, nioEmbedded, nioHTTP1,
                nioPosix, nioSSL, nioWebSocket,
            ]),
        tests(
            "ApusDaemonTests",
            [
                "ApusBase", "ApusCore", "ApusDaemon", "ApusEngine", "ApusFronts", "ApusPolicy", "ApusProcess", "ApusServer", "ApusSettings",
                "ApusTesting",
            ]),
        tests("ApusTestServerTests", ["ApusBase", "ApusTestServer", nioCore, nioPosix, nioHTTP1]),
        tests(
            "EndToEndTests",
            [
                "ApusBase", "ApusCore", "ApusFronts", "ApusTestServer", "ApusTesting", "ApusTransport", "DroidSDK", "OptaSDK", "OptaWire",
                "QwenSDK", "QwenWire",
                "measured-run", nioCore,
                nioHTTP1,
                nioPosix, nioWebSocket,
                sqlite,
            ],
            exclude: ["Golden"]),
    ]
)
