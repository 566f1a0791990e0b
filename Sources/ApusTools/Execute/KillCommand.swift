import ApusCore

/// A command that does nothing but send the usual signals to processes by number: `kill 12 34`, `kill -TERM 12`, `kill -9 -- 12`.
///
/// Behind the wall a command cannot reach other processes, the session's own background processes included. This one kind of command
/// is therefore carried out by us, through the keepers, when every number is a background process of the session.
struct KillCommand: Hashable {
    var pids: [Int32]

    init?(_ command: String) {
        var words = command.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\n" }).map(String.init)[...]
        guard words.popFirst() == "kill" else { return nil }
        if words.first == "-s", words.count > 1 { words = ["-" + words[words.startIndex + 1]] + words.dropFirst(2) }
        if let signal = words.first, signal.hasPrefix("-"), signal != "--" {
            guard Self.ending.contains(String(signal.dropFirst().uppercased())) else { return nil }
            words.removeFirst()
        }
        if words.first == "--" { words.removeFirst() }
        let pids = words.compactMap { Int32($0) }
        guard !pids.isEmpty, pids.count == words.count, pids.allSatisfy({ $0 > 1 }) else { return nil }
        self.pids = pids
    }

    private static let ending: Set<String> = ["TERM", "SIGTERM", "15", "KILL", "SIGKILL", "9", "INT", "SIGINT", "2", "HUP", "SIGHUP", "1"]
}

extension ExecuteTool {
    /// `nil` when the command is not for us.
    func endBackgroundProcesses(_ command: String, in context: ToolContext) async -> ToolResult? {
        guard context.confinement != nil, let kill = KillCommand(command) else { return nil }
        let processes = kill.pids.map { pid in context.processes.last { $0.pid == pid } }
        guard !processes.contains(nil) else { return nil }
        var lines: [String] = []
        var hasFailed = false
        for case let process? in processes {
            switch await BackgroundCommands().end(process) {
            case .ended: lines.append("\(process.id) (pid \(process.pid)) was ended with everything it started.")
            case .wasOver: lines.append("\(process.id) (pid \(process.pid)) had ended already.")
            case .resists:
                hasFailed = true
                lines.append("\(process.id) (pid \(process.pid)) was asked and is still there; its keeper goes on trying.")
            case .failed(let sentence):
                hasFailed = true
                lines.append(sentence)
            }
        }
        return ToolResult(hasFailed ? .failed : .succeeded, lines.joined(separator: "\n"))
    }
}
