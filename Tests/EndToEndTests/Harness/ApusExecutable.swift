import Foundation

/// The built `apus`: `APUS_EXECUTABLE` when set, otherwise the one beside the running test bundle.
struct ApusExecutable: Sendable {
    let path: String

    static func find() throws -> ApusExecutable {
        if let named = ProcessInfo.processInfo.environment["APUS_EXECUTABLE"] { return ApusExecutable(path: named) }
        return ApusExecutable(path: try sibling("apus"))
    }

    /// A program that was built together with the tests.
    static func sibling(_ name: String) throws -> String {
        let candidates = ProcessInfo.processInfo.arguments.prefix(1) + Bundle.allBundles.map(\.bundlePath)
        let folders = candidates.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path }
        for folder in folders where FileManager.default.isExecutableFile(atPath: "\(folder)/\(name)") {
            return "\(folder)/\(name)"
        }
        throw ChildError(description: "no `\(name)` in \(folders.joined(separator: ", ")): build it, or name it by APUS_EXECUTABLE")
    }

    func start(
        _ arguments: [String], home: TemporaryHome, directory: String? = nil, environment: [String: String] = [:],
        stdin: StandardInput = .none, hasReader: Bool = true, terminal: (PseudoTerminal, PseudoTerminal.Stdout)? = nil
    ) throws -> ChildProcess {
        let whole = home.environment.merging(environment) { _, given in given }
        return try ChildProcess(
            path, arguments, environment: whole, directory: directory ?? home.work, stdin: stdin, scratch: home.scratch,
            hasReader: hasReader, terminal: terminal)
    }
}
