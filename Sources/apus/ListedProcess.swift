import ApusBase
import ApusCore
import ApusDaemon

/// A background process with whether it runs now.
struct ListedProcess {
    var process: BackgroundProcess
    var status: BackgroundProcess.Status

    var isRunning: Bool { status == .running }

    /// In words, as `bg_x  pid 1  running  command`.
    var line: String {
        let state =
            switch status {
            case .running: "running"
            case .ended(let end): "ended (\(end ?? "unknown how"))"
            }
        let command = escapedForDisplay(process.command, keepingNewlines: false)
        return "\(process.id)  pid \(process.pid)  \(state)  \(command)"
    }

    /// Oldest first.
    static func all(of state: SessionState) async -> [ListedProcess] {
        var listed: [ListedProcess] = []
        for process in state.processes {
            listed.append(ListedProcess(process: process, status: await Daemon.backgroundProcesses.status(of: process)))
        }
        return listed
    }

    /// The state as stored, with `running` and `end` in each of its `processes`.
    static func object(_ state: SessionState, _ processes: [ListedProcess]) -> JSONValue {
        guard case .object(var object) = state.encoded(), !processes.isEmpty else { return state.encoded() }
        object["processes"] = .array(
            processes.map { listed in
                guard case .object(var entry) = listed.process.encoded() else { return listed.process.encoded() }
                entry["running"] = .bool(listed.isRunning)
                if case .ended(let end) = listed.status { entry["end"] = end.map { .string($0) } ?? .null }
                return .object(entry)
            })
        return .object(object)
    }
}
