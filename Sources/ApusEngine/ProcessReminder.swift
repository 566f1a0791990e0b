package import ApusCore

/// Tells the model which background processes of the session run, and once of each that it has ended.
package enum ProcessReminder {
    package static let source = "background processes"

    /// `nil` when there is nothing to tell.
    package static func note(for state: SessionState, _ processes: any BackgroundProcesses) async -> ContextNote? {
        guard !state.processes.isEmpty else { return nil }
        let told = state.transcript.compactMap { entry -> String? in
            if case .context(_, let note) = entry, note.source == source { note.text } else { nil }
        }
        var lines: [String] = []
        var isRunning = false
        for process in state.processes {
            let name = "- \(process.id), pid \(process.pid)"
            switch await processes.status(of: process) {
            case .running:
                isRunning = true
                lines.append("\(name), runs: \(shortened(process.command)) (log: \(process.log))")
            case .ended(let end):
                let start = "\(name), has ended"
                if told.contains(where: { $0.contains(start) }) { continue }
                lines.append("\(start) (\(end ?? "nobody saw how")): \(shortened(process.command)) (log: \(process.log))")
            }
        }
        if lines.isEmpty { return nil }
        let advice = isRunning ? "\nkill PID ends a running one with everything it started; end those that are not needed any more." : ""
        return ContextNote(
            source: source, text: "Background processes of this session:\n" + lines.joined(separator: "\n") + advice)
    }

    private static func shortened(_ command: String) -> String {
        let line = command.replacing("\n", with: " ")
        return line.count <= 200 ? line : line.prefix(200) + "…"
    }
}
