import ApusBase
import ApusCore
import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus sessions`: what the home remembers.
struct SessionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sessions", abstract: "Lists and shows stored sessions.",
        subcommands: [ListCommand.self, ShowCommand.self, StopCommand.self], defaultSubcommand: ListCommand.self)

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "list", abstract: "Lists sessions, newest first.")

        @Flag(help: "One JSON array.")
        var json = false

        @Option(help: ArgumentHelp("At most this many.", valueName: "n"))
        var limit = 50

        func validate() throws {
            if limit < 1 { throw ValidationError("--limit must be at least 1.") }
        }

        func run() async throws {
            let summaries = await SessionsCommand.reading { log throws(EventLogError) in
                try await log.sessions(withPrefix: "", limit: limit)
            }
            if json {
                Terminal.output(JSONValue.array(summaries.map(Self.object)).serialized() + "\n")
            } else {
                for summary in summaries { Terminal.output(Self.line(summary) + "\n") }
            }
        }

        private static func object(_ summary: SessionSummary) -> JSONValue {
            var object: JSONObject = [
                "id": .string(summary.header.id.rawValue), "title": .string(summary.title),
                "cwd": .string(summary.header.workingDirectory), "createdAt": .integer(summary.header.createdAt),
                "updatedAt": .integer(summary.updatedAt),
            ]
            if let parent = summary.header.parent { object["parentSessionId"] = .string(parent.rawValue) }
            if let caller = summary.header.caller {
                object["callingSessionId"] = .string(caller.session.rawValue)
                object["callingToolUseId"] = .string(caller.call.rawValue)
            }
            if let owner = summary.ownerProcess { object["pid"] = .integer(Int64(owner)) }
            return .object(object)
        }

        private static func line(_ summary: SessionSummary) -> String {
            let title = escapedForDisplay(summary.title, keepingNewlines: false)
            let running = summary.ownerProcess.map { "  (in use by pid \($0))" } ?? ""
            return "\(summary.header.id)  \(time(summary.updatedAt))  \(title)\(running)"
        }

        /// Local time, to the minute.
        private static func time(_ stamp: Timestamp) -> String {
            var seconds = time_t(stamp / 1_000)
            var parts = tm()
            localtime_r(&seconds, &parts)
            func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
            return "\(parts.tm_year + 1_900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday)) \(two(parts.tm_hour)):\(two(parts.tm_min))"
        }
    }

    struct ShowCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "show", abstract: "Shows one session.")

        @Flag(help: "One JSON object: the whole state, folded from the log.")
        var json = false

        @Argument(help: ArgumentHelp("The session's id, or the first eight characters or more.", valueName: "id"))
        var id: String

        func run() async throws {
            let state = await SessionsCommand.state(of: id)
            let processes = await ListedProcess.all(of: state)
            let text = json ? ListedProcess.object(state, processes).serialized() : SessionText.render(state, processes)
            Terminal.output(text + "\n")
        }
    }

    /// The session with this id, or with these first eight characters or more.
    static func state(of name: String) async -> SessionState {
        await reading { log throws(EventLogError) in try await fold(name, log) }
    }

    private static func fold(_ name: String, _ log: any EventLog & SessionIndex) async throws(EventLogError) -> SessionState {
        let found = try await log.sessions(withPrefix: name, limit: 2)
        let exact = found.first { $0.header.id.rawValue == name }
        guard let summary = exact ?? (name.count >= 8 && found.count == 1 ? found.first : nil) else {
            throw .notFound(SessionID(name))
        }
        let id = summary.header.id
        var state = try await log.snapshot(of: id) ?? SessionState(id: id)
        while true {
            let events = try await log.events(in: id, after: state.lastEvent, limit: 4_096)
            if events.isEmpty { return state }
            state.reduce(events)
        }
    }

    /// Opens the home for reading; any failure ends the process with its sentence and exit code 1.
    static func reading<Result: Sendable>(
        _ body: (any EventLog & SessionIndex) async throws(EventLogError) -> Result
    ) async -> Result {
        let configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
        do throws(EventLogError) {
            return try await Daemon.withIndex(configuration, body)
        } catch {
            Terminal.diagnostics(error.description)
            _exit(1)
        }
    }
}
