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
    targets: [
        .target(name: "ApusBase", swiftSettings: strict),
        .executableTarget(name: "apus-bench", dependencies: ["ApusBase"], swiftSettings: strict),
    ]
)
