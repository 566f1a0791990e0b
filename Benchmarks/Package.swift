// swift-tools-version: 6.2
import PackageDescription

// The package bears the same name as its parent, and its targets are symbolic links into the parent's Sources: SwiftPM neither accepts a
// target outside the package's root nor `package` access across packages. Add a link and a target here to measure another room.
let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
]

let package = Package(
    name: "apus",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        .target(name: "ApusBase", swiftSettings: strict),
        .target(name: "ApusCore", dependencies: ["ApusBase"], swiftSettings: strict),
        .target(
            name: "ApusStore",
            dependencies: [
                "ApusBase", "ApusCore", .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Crypto", package: "swift-crypto"),
            ],
            swiftSettings: strict),
        .executableTarget(name: "apus-bench", dependencies: ["ApusBase", "ApusCore", "ApusStore"], swiftSettings: strict),
    ]
)
