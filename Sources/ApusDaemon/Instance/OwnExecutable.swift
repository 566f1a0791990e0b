#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The file of the running program, links followed.
enum OwnExecutable {
    static func path() throws(DaemonFileError) -> String {
        var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
        #if os(Linux)
            let count = readlink("/proc/self/exe", &bytes, bytes.count)
            guard count > 0 else { throw .system("look up", "/proc/self/exe") }
            let path = String(decoding: bytes[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
        #else
            var size = UInt32(bytes.count)
            guard _NSGetExecutablePath(&bytes, &size) == 0 else { throw DaemonFileError("The system does not tell where this program is.") }
            let path = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        #endif
        // What the kernel says of a file that an upgrade has replaced.
        let gone = " (deleted)"
        return path.hasSuffix(gone) ? String(path.dropLast(gone.count)) : path
    }
}
