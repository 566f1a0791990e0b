import Foundation

@testable import ApusDaemon

/// A home for one test, gone afterwards.
final class TemporaryHome: Sendable {
    let path: String
    var folder: DaemonFolder { DaemonFolder(home: path) }

    init() throws {
        path = FileManager.default.temporaryDirectory.path + "/apus-daemon-\(UUID().uuidString.lowercased())"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    // A folder left behind fails no test.
    deinit { try? FileManager.default.removeItem(atPath: path) }

    static func mode(of file: String) throws -> Int {
        let attributes = try FileManager.default.attributesOfItem(atPath: file)
        return attributes[.posixPermissions] as? Int ?? -1
    }

    static func text(of file: String) throws -> String { try String(contentsOfFile: file, encoding: .utf8) }
}
