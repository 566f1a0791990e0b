#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Names one process for ever: a process id comes back, together with its start time and the boot it does not.
package struct ProcessIdentity: Hashable, Sendable {
    package var process: Int32
    /// Clock ticks after boot (`/proc/<pid>/stat`, field 22); zero where the system does not tell.
    package var startTime: Int64
    /// Random text of the running kernel; empty where the system does not tell.
    package var boot: String

    package init(process: Int32, startTime: Int64, boot: String) {
        self.process = process
        self.startTime = startTime
        self.boot = boot
    }

    /// This very process.
    package static let current = ProcessIdentity(
        process: getpid(), startTime: ProcessIdentity.state(of: getpid())?.startTime ?? 0, boot: ProcessIdentity.runningBoot)

    /// The process with this number as it is now, `nil` when there is none. Numbers come back: ask for one that cannot be reused in
    /// this moment, such as a child that was not reaped.
    package static func running(_ process: Int32) -> ProcessIdentity? {
        guard let state = state(of: process) else { return nil }
        return ProcessIdentity(process: process, startTime: state.startTime, boot: runningBoot)
    }

    /// Whether the process runs, seen from this process's own table. A process of another container is missed; locks tell of those.
    package var isInProcessTable: Bool {
        guard process > 0, boot == ProcessIdentity.runningBoot else { return false }
        #if os(Linux)
            guard let state = ProcessIdentity.state(of: process) else { return false }
            return state.startTime == startTime && state.letter != UInt8(ascii: "Z") && state.letter != UInt8(ascii: "X")
        #else
            return kill(process, 0) == 0 || errno == EPERM
        #endif
    }

    static let runningBoot: String = {
        guard let text = readSmallFile("/proc/sys/kernel/random/boot_id") else { return "" }
        return String(decoding: text.prefix { $0 > 0x20 }, as: UTF8.self)
    }()

    private static func state(of process: Int32) -> (letter: UInt8, startTime: Int64)? {
        guard let text = readSmallFile("/proc/\(process)/stat") else { return nil }
        // The name of the program, in parentheses, may hold spaces and parentheses of its own.
        guard let end = text.lastIndex(of: UInt8(ascii: ")")) else { return nil }
        let fields = text[(end + 1)...].split(separator: 0x20)
        guard fields.count > 19, let letter = fields[0].first, let start = Int64(String(decoding: fields[19], as: UTF8.self)) else {
            return nil
        }
        return (letter, start)
    }

    private static func readSmallFile(_ path: String) -> [UInt8]? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        return [UInt8](unsafeUninitializedCapacity: 4096) { buffer, count in
            count = max(read(descriptor, buffer.baseAddress, buffer.count), 0)
        }
    }
}
