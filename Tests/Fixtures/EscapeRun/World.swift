import ApusPolicy

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the probe tries to reach: a project, a home with secrets, a folder outside both, sockets that listen, and this process.
struct World {
    let root: String
    private let abstract = "apus-escape-\(getpid())"
    private let sharedKey = getpid()
    private var port: UInt16 = 0

    init(_ root: String) {
        self.root = root
        port = Self.listen(tcp: ())
    }

    var places: ConfinementPlaces {
        ConfinementPlaces(
            workingDirectory: "\(root)/project", projectRoot: "\(root)/project", gitFolders: ["\(root)/project/.git"],
            home: "\(root)/home", apusHome: "\(root)/home/.apus", temporary: "\(root)/temporary",
            visible: ["\(root)/home", "\(root)/project", "\(root)/outside", "\(root)/bin"], agentSocket: "\(root)/agent/socket")
    }

    var environment: [String: String] {
        [
            "PATH": "/usr/bin:/bin", "HOME": "\(root)/home", "APUS_HOME": "\(root)/home/.apus", "OUTSIDE": "\(root)/outside",
            "VICTIM_PID": "\(getpid())", "TCP_PORT": "\(port)", "ABSTRACT": abstract, "SHARED_KEY": "\(sharedKey)",
            "SSH_AUTH_SOCK": "\(root)/agent/socket", "TMPDIR": "\(root)/temporary",
        ]
    }

    func make() {
        for folder in [
            "project", "project/.git", "project/.git/hooks", "project/.apus", "outside", "outside/empty", "home", "home/.ssh",
            "home/.cache",
            "home/.apus", "agent", "temporary",
        ] {
            if mkdir("\(root)/\(folder)", 0o700) != 0, errno != EEXIST { fail("cannot make \(folder)") }
        }
        for file in [
            "project/.git/config", "outside/victim", "outside/removable", "outside/movable", "outside/exchangeable", "home/.ssh/key",
            "home/.ssh/known_hosts", "home/.netrc", "home/notes",
            "home/.apus/apus.db", "home/.apus/settings.json",
        ] {
            let descriptor = open("\(root)/\(file)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
            guard descriptor >= 0, write(descriptor, "untouched", 9) == 9 else { fail("cannot make \(file)") }
            close(descriptor)
        }
        _ = shmget(sharedKey, 4096, IPC_CREAT | 0o600)
        for path in ["outside/socket", "agent/socket"] {
            unlink("\(root)/\(path)")
            Self.listen(unix: Array("\(root)/\(path)".utf8) + [0])
        }
        Self.listen(unix: [0] + Array(abstract.utf8))
    }

    func end() {
        let identifier = shmget(sharedKey, 0, 0)
        if identifier >= 0 { _ = shmctl(identifier, IPC_RMID, nil) }
    }

    private static func listen(unix name: [UInt8]) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: name) }
        let size = socklen_t(MemoryLayout<sa_family_t>.size + name.count)
        let made = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        let bound = withUnsafePointer(to: &address) { $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(made, $0, size) } }
        guard bound == 0, Glibc.listen(made, 64) == 0 else { fail("cannot listen") }
    }

    private static func listen(tcp: Void) -> UInt16 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                guard bind(made, address, size) == 0, Glibc.listen(made, 64) == 0, getsockname(made, address, &size) == 0 else {
                    fail("cannot listen")
                }
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }
}
