#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A directory as a client named it.
enum ResolvedDirectory {
    /// Absolute and without links, a relative one seen from the working directory of the process; `nil` when there is none, or nobody may
    /// work in it.
    static func of(_ path: String) -> String? {
        guard !path.isEmpty, !path.utf8.contains(0), let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, access(real, R_OK | X_OK) == 0 else { return nil }
        return String(cString: real)
    }

    /// Whether something that is no directory stands there, or in the way there.
    static func isImpossible(_ path: String) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return status.st_mode & S_IFMT != S_IFDIR }
        return errno == ENOTDIR
    }
}
