import CSandbox

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What the running kernel offers to contain commands. Which layers a command really has, its keeper tells.
package struct KernelFeatures: Hashable, Sendable {
    /// The version of Landlock's interface; `nil` without Landlock.
    package var landlock: Int?
    package var hasSeccompFilters: Bool
    /// Why a user namespace cannot be made; `nil` when it can.
    package var userNamespaceObstacle: String?

    /// Whether a wall can show a command something else in place of a file (``Confinement/standIns``). Tried once in the life of a process.
    package static let canStandIn = apus_try_view() == 0

    /// Takes about a millisecond: a child process is made to try the namespace.
    package static var ofRunningKernel: KernelFeatures {
        let version = apus_landlock_version()
        let failure = apus_try_user_namespace()
        return KernelFeatures(
            landlock: version > 0 ? Int(version) : nil, hasSeccompFilters: apus_has_seccomp_filters() != 0,
            userNamespaceObstacle: failure == 0 ? nil : String(cString: strerror(failure)))
    }
}
