/// What `apus daemon --opta` was told, and what follows from it.
package struct OptaOptions: Sendable {
    package enum Port: Hashable, Sendable {
        /// The usual one, or one of those beside it.
        case usual
        case named(Int)
    }

    package var port: Port
    package var host: String
    /// Absolute; `nil` where no files are wanted.
    package var home: String?
    /// Absolute; `nil` takes the process's own.
    package var workspace: String?
    package var permissionMilliseconds = OptaPlace.usualPermissionMilliseconds
    /// Where the process works.
    package var workingDirectory: String

    /// What the client of the protocol calls it, too.
    package static let headroomVariable = "OPTA_DISK_HEADROOM_MB"

    package init(_ port: Port, host: String, workingDirectory: String) {
        self.port = port
        self.host = host
        self.workingDirectory = workingDirectory
    }

    package func request(environment: [String: String]) throws(QwenOptions.BootError) -> PortRequest {
        guard let directory = ResolvedDirectory.of(workspace ?? workingDirectory) else {
            throw QwenOptions.BootError(
                "\(workspace.map { "--opta-workspace is \"\($0)\"" } ?? "The working directory is \"\(workingDirectory)\""), which is no folder that can be entered."
            )
        }
        var place = OptaPlace(directory: directory)
        place.isDirectoryNamed = workspace != nil
        place.home = home
        place.permissionMilliseconds = permissionMilliseconds
        if let text = environment[Self.headroomVariable], !text.isEmpty {
            guard let number = Int(text), 0...(1 << 30) ~= number else {
                throw QwenOptions.BootError("\(Self.headroomVariable) is \"\(text)\". Use a whole number of MiB, 0 or more.")
            }
            place.headroomBytes = number << 20
        }
        let number: Int
        switch port {
        case .usual:
            number = OptaPlace.usualPort
            place.takesAnotherPort = true
        case .named(let named): number = named
        }
        return PortRequest(.opta(place), host: host, port: number)
    }
}
