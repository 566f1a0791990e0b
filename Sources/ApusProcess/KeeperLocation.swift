#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where the `apus-keeper` executable is.
///
/// The environment variable `APUS_KEEPER`, when set and not empty, replaces `besideExecutable`; a `path` given in code stands as it is.
package enum KeeperLocation: Hashable, Sendable {
    /// In the folder of the running executable, after following links: `apus` and `apus-keeper` are installed together.
    case besideExecutable
    /// Exactly there.
    case path(String)

    package static let overrideName = "APUS_KEEPER"

    /// The path of an executable file; throws `keeperNotFound` with every place looked at.
    package func find() throws(SpawnError) -> String {
        let candidate: String
        switch self {
        case .path(let path):
            candidate = path
        case .besideExecutable:
            if let override = getenv(Self.overrideName).map({ String(cString: $0) }), !override.isEmpty {
                candidate = override
            } else if let executable = Self.runningExecutable() {
                candidate = Self.sibling(of: executable)
            } else {
                throw .keeperNotFound(looked: ["the folder of the running executable, which the system does not tell"])
            }
        }
        guard access(candidate, X_OK) == 0 else { throw .keeperNotFound(looked: [candidate]) }
        return candidate
    }

    static func sibling(of executable: String) -> String {
        guard let slash = executable.lastIndex(of: "/") else { return "apus-keeper" }
        return executable[...slash] + "apus-keeper"
    }

    private static func runningExecutable() -> String? {
        #if os(Linux)
            withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { room -> String? in
                guard let start = room.baseAddress else { return nil }
                let count = readlink("/proc/self/exe", start, room.count)
                // An executable replaced by an upgrade keeps its folder; the note the kernel adds to its name does not matter.
                return count > 0 ? String(decoding: room[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self) : nil
            }
        #else
            var size = UInt32(PATH_MAX)
            var bytes = [CChar](repeating: 0, count: Int(size))
            guard _NSGetExecutablePath(&bytes, &size) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        #endif
    }
}
