#if os(Linux)
    import Foundation
    import Testing

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// An OpenSSH server of one test on loopback, with an agent that holds the only key it takes. The user's ssh configuration, known
    /// hosts and key lie in the stage's home, and git is told to use that configuration.
    struct SSHServer: Sendable {
        static let program = "/usr/sbin/sshd"
        static var isInstalled: Bool {
            [program, "/usr/bin/ssh", "/usr/bin/ssh-agent"].allSatisfy { FileManager.default.isExecutableFile(atPath: $0) }
        }

        let agentSocket: String
        /// `ssh://…` of a path on this machine.
        let address: String

        fileprivate init(agentSocket: String, address: String) {
            self.agentSocket = agentSocket
            self.address = address
        }
    }

    func withSSHServer(_ home: TemporaryHome, _ body: (SSHServer) async throws -> Void) async throws {
        let folder = "\(home.root)/ssh"
        let keys = "\(home.user)/.ssh"
        for path in [folder, keys] { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }
        func start(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) throws -> ChildProcess {
            let environment = home.environment.merging(environment) { _, new in new }
            return try ChildProcess(program, arguments, environment: environment, directory: folder, scratch: home.scratch)
        }
        func run(_ program: String, _ arguments: [String], _ environment: [String: String] = [:]) async throws {
            let outcome = try await start(program, arguments, environment).finish()
            guard outcome.status == .exited(0) else { throw ChildError(description: "\(program): \(outcome.everything)") }
        }
        try await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(folder)/host"])
        try await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", "\(keys)/id_ed25519"])
        let port = try freePort()
        let hostKey = try String(contentsOfFile: "\(folder)/host.pub", encoding: .utf8).split(separator: " ").prefix(2).joined(
            separator: " ")
        let user = String(cString: getpwuid(getuid()).pointee.pw_name)
        for (path, text) in [
            (
                "\(folder)/config",
                """
                Port \(port)
                ListenAddress 127.0.0.1
                HostKey \(folder)/host
                AuthorizedKeysFile \(keys)/id_ed25519.pub
                PidFile none
                StrictModes no
                UsePAM no
                PasswordAuthentication no

                """
            ),
            ("\(keys)/known_hosts", "[127.0.0.1]:\(port) \(hostKey)\n"),
            ("\(keys)/config", "Host *\n  UserKnownHostsFile \(keys)/known_hosts\n  GlobalKnownHostsFile none\n  BatchMode yes\n"),
        ] { try text.write(toFile: path, atomically: false, encoding: .utf8) }
        // ssh looks into the home of the account, which is not the home of this test.
        let configuration = "\(home.user)/.gitconfig"
        let before = (try? String(contentsOfFile: configuration, encoding: .utf8)) ?? ""
        try "\(before)[core]\n\tsshCommand = ssh -F \(keys)/config\n".write(toFile: configuration, atomically: false, encoding: .utf8)
        // Where the server, run by root, locks itself in before a client is known.
        if getuid() == 0 { mkdir("/run/sshd", 0o755) }

        let socket = "\(folder)/agent"
        let server = try start(SSHServer.program, ["-D", "-e", "-f", "\(folder)/config"])
        let agent = try start("ssh-agent", ["-D", "-a", socket])
        defer { for child in [server, agent] { child.send(SIGKILL) } }
        try await until("the agent listens") { FileManager.default.fileExists(atPath: socket) }
        try await run("ssh-add", ["-q", "\(keys)/id_ed25519"], ["SSH_AUTH_SOCK": socket])
        try await until("the server listens") { isListening(port) || server.hasEnded }
        guard !server.hasEnded else { throw ChildError(description: "sshd ended: \(try await server.finish().everything)") }
        try await body(SSHServer(agentSocket: socket, address: "ssh://\(user)@127.0.0.1:\(port)"))
    }

    private func until(_ what: String, _ condition: () -> Bool) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while !condition() {
            guard ContinuousClock.now < deadline else { throw ChildError(description: "not within a minute: \(what)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    private func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// A port that was free a moment ago: sshd takes no descriptor and tells no number.
    private func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, size) == 0 && getsockname(descriptor, $0, &size) == 0
            }
        }
        guard code else { throw ChildError(description: "no free port: \(errno)") }
        return UInt16(bigEndian: address.sin_port)
    }

    private func isListening(_ port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var address = loopback(port)
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }
#endif
