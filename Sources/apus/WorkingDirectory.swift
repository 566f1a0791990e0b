#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a command works.
enum WorkingDirectory {
    /// An existing directory, absolute and without links; `nil` when there is none at `path`.
    static func resolved(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        var status = stat()
        guard stat(real, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { return nil }
        return String(cString: real)
    }

    /// The same path for another process, which may work elsewhere.
    static func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : (resolved(".") ?? "") + "/" + path }
}
