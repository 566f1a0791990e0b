#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The shell that runs commands: bash wherever there is one, because its grammar is the one that the policy reads. In zsh the same
/// text can mean something else, glob qualifiers that run code among it.
package struct CommandShell: Hashable, Sendable {
    package var path: String
    /// Reads the user's profile first: only for the user's own shell.
    package var isLogin: Bool

    package var arguments: [String] { [isLogin ? "-lc" : "-c"] }

    /// - Parameter environment: the user's; `SHELL` counts when it is a bash with an absolute path.
    package static func find(for environment: [String: String]) -> CommandShell {
        let own = environment["SHELL"] ?? ""
        if own.hasPrefix("/"), own.hasSuffix("/bash"), access(own, X_OK) == 0 { return CommandShell(path: own, isLogin: true) }
        let usual: [String] = ["/bin/bash", "/usr/bin/bash", "/usr/local/bin/bash"]
        return CommandShell(path: usual.first { access($0, X_OK) == 0 } ?? "/bin/sh", isLogin: false)
    }
}
