package import ApusCore
import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The layers of the wall around one command, as its keeper found them when it put them up.
package struct WallLayers: OptionSet, Hashable, Sendable {
    package let rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    package static let user = WallLayers(APUS_LAYER_USER)
    package static let mounts = WallLayers(APUS_LAYER_MOUNTS)
    package static let processes = WallLayers(APUS_LAYER_PROCESSES)
    package static let proc = WallLayers(APUS_LAYER_PROC)
    package static let network = WallLayers(APUS_LAYER_NETWORK)
    package static let ipc = WallLayers(APUS_LAYER_IPC)
    package static let landlock = WallLayers(APUS_LAYER_LANDLOCK)
    package static let tcp = WallLayers(APUS_LAYER_TCP)
    package static let scope = WallLayers(APUS_LAYER_SCOPE)
    package static let seccomp = WallLayers(APUS_LAYER_SECCOMP)
    package static let rights = WallLayers(APUS_LAYER_RIGHTS)
    /// Where a cgroup can be made; nothing asks for it, because the keeper counts anyway.
    package static let pids = WallLayers(APUS_LAYER_PIDS)

    private init<Number: BinaryInteger>(_ number: Number) {
        rawValue = UInt32(number)
    }

    /// What a confinement asks for.
    package static func asked(by confinement: Confinement) -> WallLayers {
        let always: WallLayers = [.user, .mounts, .processes, .proc, .ipc, .landlock, .scope, .seccomp, .rights]
        return confinement.network == .open ? always : always.union([.network, .tcp])
    }

    /// Each layer with its name and the promise that falls without it, in the order in which they are put up.
    package static let descriptions: [(layer: WallLayers, name: String, promise: String)] = [
        (.user, "user namespace", "no other namespace can be made"),
        (.mounts, "mount namespace", "secrets are not hidden, .git/hooks and .git/config not protected, /tmp is shared"),
        (.processes, "process namespace", "other processes can be seen"),
        (.proc, "own /proc", "the names and arguments of other processes can be read"),
        (.network, "network namespace", "only the system call filter keeps commands from the network"),
        (.ipc, "IPC namespace", "shared memory and semaphores of other programs can be reached"),
        (.landlock, "Landlock", "only the mount namespace keeps commands from writing elsewhere"),
        (.tcp, "Landlock TCP rules", "only the network namespace and the system call filter keep commands from TCP"),
        (.scope, "Landlock scopes", "abstract sockets of other programs can be reached where there is network"),
        (.seccomp, "system call filter", "io_uring, keyrings and sockets by path are not refused"),
        (.rights, "dropped privileges", "capabilities stay, and no later layer can stand"),
        (.pids, "pids cgroup", "a fork bomb passes its bound until the keeper has counted it"),
    ]

    /// Stable words for logs, in the order of ``descriptions``.
    package var names: [String] { WallLayers.descriptions.filter { contains($0.layer) }.map(\.name) }
}

/// What a keeper said about the wall it put up.
package struct WallReport: Hashable, Sendable {
    package var layers: WallLayers
    /// The version of Landlock's rules in force; 0 without.
    package var landlockVersion: Int
    /// Why the first missing layer is missing.
    package var fault: String?

    init(_ report: apus_report) {
        layers = WallLayers(rawValue: report.detail)
        landlockVersion = Int(report.value)
        fault = report.extra == 0 ? nil : String(cString: strerror(report.extra))
    }
}
