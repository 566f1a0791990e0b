import ApusCore
import ApusSettings
import ApusStore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The home and the session store in it.
struct HomeExamination {
    private let home: String

    init(_ configuration: DaemonConfiguration) {
        home = configuration.paths.apusHome
    }

    var findings: [DoctorFinding] {
        var status = stat()
        guard stat(home, &status) == 0 else {
            guard errno == ENOENT else {
                return [finding(.wrong, "\(home) cannot be looked at: \(String(cString: strerror(errno)))", Self.otherHome)]
            }
            return [missing]
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            return [finding(.wrong, "\(home) is not a directory", "Move it away, or set APUS_HOME to another place.")]
        }
        guard access(home, W_OK | X_OK) == 0 else {
            return [finding(.wrong, "\(home) cannot be written to: \(String(cString: strerror(errno)))", Self.otherHome), store]
        }
        return [directory(status), store]
    }

    private static let otherHome = "Mend its owner and permissions, or set APUS_HOME to another directory."
    /// Below this a run can fail for lack of space at any moment.
    private static let scarceBytes: UInt64 = 100 << 20

    private func finding(_ state: DoctorFinding.State, _ summary: String, _ remedy: String? = nil) -> DoctorFinding {
        DoctorFinding("home", state, summary, remedy: remedy)
    }

    private var missing: DoctorFinding {
        var parent = home
        while access(parent, F_OK) != 0, parent != "/" {
            parent = String(parent[..<(parent.lastIndex(of: "/") ?? parent.startIndex)])
            if parent.isEmpty { parent = "/" }
        }
        if access(parent, W_OK | X_OK) != 0 {
            return finding(
                .wrong, "\(home) does not exist, and \(parent) does not let you make it", "Set APUS_HOME to a directory of yours.")
        }
        return finding(.fine, "\(home) does not exist yet; the first run makes it")
    }

    private func directory(_ status: stat) -> DoctorFinding {
        let mode = String(status.st_mode & 0o777, radix: 8)
        let free = freeBytes
        let space = free.map { ", \(Self.size($0)) free" } ?? ""
        if status.st_uid != geteuid() {
            return finding(.remark, "\(home) belongs to another user (mode \(mode)\(space))", Self.otherHome)
        }
        if status.st_mode & 0o077 != 0 {
            return finding(
                .remark, "\(home) is open to other users (mode \(mode)\(space)): sessions hold all that the model saw", "chmod 700 \(home)")
        }
        if let free, free < Self.scarceBytes {
            return finding(.remark, "\(home) (mode \(mode)\(space)): space is short", "Free some, or set APUS_HOME to another disk.")
        }
        return finding(.fine, "\(home) (mode \(mode)\(space))")
    }

    private var freeBytes: UInt64? {
        var status = statvfs()
        guard statvfs(home, &status) == 0 else { return nil }
        return UInt64(status.f_bavail) * UInt64(status.f_frsize)
    }

    private var store: DoctorFinding {
        let found: StoreInspection?
        do throws(EventLogError) { found = try StoreInspection.of(home: home) } catch {
            return DoctorFinding("sessions", .wrong, error.description)
        }
        guard let found else { return DoctorFinding("sessions", .fine, "none yet") }
        let size = Self.size(UInt64(found.bytes))
        switch found.depth {
        case .head: return DoctorFinding("sessions", .fine, "a store of \(size), not opened: that would change files beside it")
        case .tables, .whole: break
        }
        var summary = "\(found.sessions) in a store of \(size)"
        summary += found.depth == .whole ? ", its pages checked" : ", too large to check its pages here"
        if found.running > 0 { summary += "; \(found.running) in use now" }
        if found.stale == 0 { return DoctorFinding("sessions", .fine, summary) }
        return DoctorFinding(
            "sessions", .remark, summary + "; \(found.stale) left behind by processes that died",
            remedy: "Nothing to do: the next run ends their turns.")
    }

    /// `940 B`, `12.3 MiB`.
    static func size(_ bytes: UInt64) -> String {
        var value = Double(bytes)
        for unit in ["B", "KiB", "MiB", "GiB"] {
            if value < 1_024 { return unit == "B" ? "\(bytes) B" : "\(tenths(value)) \(unit)" }
            value /= 1_024
        }
        return "\(tenths(value)) TiB"
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
