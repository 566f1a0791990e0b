import ApusCore
import ApusProcess

/// Words a command's end the way §4.3 of the protocol does.
enum CommandReport {
    static func result(_ end: ProcessEnd, output: String, notice: String?, timeout: Int) -> ToolResult {
        var output = output
        while output.hasSuffix("\n") || output.hasSuffix("\r\n") { output.removeLast() }
        if let notice { output += (output.isEmpty ? "" : "\n\n") + notice }
        let body: String
        var status = ToolOutcome.Status.succeeded
        switch end {
        case .exited(0): body = output.isEmpty ? "Command completed successfully" : output
        case .exited(let code): body = "Error: Command failed (exit code: \(code))\n" + output
        case .signaled(let signal): body = "Error: Command was ended by signal \(signal)\n" + output
        case .timedOut:
            body =
                "Error: Command timed out after \(timeout) seconds and was ended. Give a larger timeout if it needs more time.\n" + output
            status = .failed
        case .interrupted:
            body = "Error: Command was interrupted and ended before it was done.\n" + output
            status = .interrupted
        case .exceeded(let limit, _):
            body = "Error: Command was ended with all its processes: \(limit.sentence)\n" + output
            status = .failed
        case .lost(let sentence):
            body = "Error: Nobody knows how the command ended. \(sentence)\n" + output
            status = .failed
        }
        return ToolResult(status, body + "\n\n[Process exited with code \(code(of: end))]")
    }

    /// As a shell counts: 128 and the signal's number. 124 stands for a time limit and 130 for an interrupt that nobody saw the code of.
    private static func code(of end: ProcessEnd) -> Int32 {
        switch end {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        case .timedOut(let status): code(of: status, unknown: 124)
        case .interrupted(let status): code(of: status, unknown: 130)
        case .exceeded(_, let status): code(of: status, unknown: 137)
        case .lost: 255
        }
    }

    private static func code(of status: ProcessEnd.Status, unknown: Int32) -> Int32 {
        switch status {
        case .exited(let code): code
        case .signaled(let signal): 128 + signal
        case .notStarted, .unknown: unknown
        }
    }
}

extension ProcessEnd.Limit {
    fileprivate var sentence: String {
        switch self {
        case .processes: "it had more processes at a time than a command may have."
        case .written: "it put more bytes on the disk than a command may."
        }
    }
}
