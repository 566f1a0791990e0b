import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace
import Synchronization

/// Runs a shell command, each in a shell of its own that starts in the session's working directory, without a terminal and
/// without input. Ends with its whole process tree, unless it was asked for in the background.
struct ExecuteTool: Tool {
    static let defaultTimeout = 60
    static let maximumTimeout = 3_600
    private static let maximumVisibleFiles = 64

    let processes: ProcessTable
    /// Of the daemon or the run; filtered before a command gets it.
    let environment: [String: String]
    let temporaryDirectory: String
    /// Where background processes keep their logs; `nil` where there are none.
    var processFolder: String?
    /// Knows the secrets that may not lie in clear in a file.
    var redaction = Redaction.none

    let definition = ToolDefinition(
        id: "execute-cli", name: "Execute",
        summary: """
            Run a shell command and give its output, standard output and standard error together. Every call is a new shell in the \
            working directory: cd and variables do not last. There is no terminal and no input, so nothing may ask back. Say \
            honestly how risky the command is: low for reading, medium for changes that are easily undone, high for anything else. \
            Prefer Read, Grep, Glob, Create and Edit for files.
            """,
        category: .execute,
        inputSchema: [
            "type": "object", "required": ["command", "riskLevel", "riskLevelReason"],
            "properties": [
                "command": ["type": "string", "description": "The command line"],
                "timeout": [
                    "type": "integer", "minimum": 1, "maximum": .integer(Int64(maximumTimeout)), "default": .integer(Int64(defaultTimeout)),
                    "description": "Seconds after which the command is ended",
                ],
                "riskLevel": ["type": "string", "enum": ["low", "medium", "high"], "description": "How much harm the command could do"],
                "riskLevelReason": ["type": "string", "description": "Why it is this risky, in one sentence"],
                "summary": ["type": "string", "description": "What the command does, in at most ten words"],
                "run_in_background": [
                    "type": "boolean", "default": false,
                    "description": """
                    Start it, for a server or a long job, and go on at once: gives its pid and the path of its log. It outlives \
                    this run and has no timeout
                    """,
                ],
            ],
        ])

    private struct Request {
        var command: String
        var timeout: Int
        var risk: String
        var summary: String?
        var isBackground: Bool

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "Execute")
            command = try input.requiredText("command", meaning: "the command line to run")
            if command.allSatisfy(\.isWhitespace) { throw ToolInputError("Execute needs a \"command\" that is not empty.") }
            if command.utf8.contains(0) { throw ToolInputError("The \"command\" of Execute holds a NUL byte, which no shell takes.") }
            timeout = try input.integer("timeout", in: 1...ExecuteTool.maximumTimeout) ?? ExecuteTool.defaultTimeout
            risk = try Request.risk(input)
            _ = try input.text("riskLevelReason")
            summary = try input.text("summary")
            isBackground = try input.flag("run_in_background")
        }

        /// A word, or the object that older transcripts have, with the word as `level` or `value`.
        private static func risk(_ input: ToolInput) throws(ToolInputError) -> String {
            guard let value = input.value("riskLevel") else {
                throw ToolInputError("Execute needs \"riskLevel\": \"low\", \"medium\" or \"high\". It is missing.")
            }
            let word = value.stringValue ?? (value["level"] ?? value["value"] ?? value["riskLevel"])?.stringValue
            guard let word, ["low", "medium", "high"].contains(word) else {
                throw input.wrong("riskLevel", value, "\"low\", \"medium\" or \"high\"")
            }
            return word
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let request = try Request(input)
        return AccessRequest(
            action: .command(request.command, declaredRisk: request.risk), summary: request.summary ?? request.command,
            outlivesRun: request.isBackground)
    }

    func effect(of input: JSONValue) -> Effect { .opaque }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let request: Request
        do { request = try Request(input) } catch { return .failed(error.sentence) }
        if Task.isCancelled { return ToolResult(.interrupted, "Interrupted before the command was started.") }
        if request.isBackground { return await start(request.command, in: context) }
        if let ended = await endBackgroundProcesses(request.command, in: context) { return ended }
        let pipe = OutputPipe()
        let confinement = await confinement(in: context)
        let process = process(for: request.command, in: context.workingDirectory, confinement)
        async let collected = collect(pipe, context.showOutput)
        let end: Result<ProcessEnd, SpawnError>
        let wall = Mutex<WallReport?>(nil)
        do {
            end = .success(
                try await processes.run(
                    process, timeout: .seconds(request.timeout), wall: { report in wall.withLock { $0 = report } }
                ) { bytes in pipe.push(bytes) })
        } catch {
            end = .failure(error)
        }
        pipe.close()
        let (output, notice) = await collected
        switch end {
        case .success(let end):
            let hint = confinement.flatMap { ContainmentHint.lines(for: output, end, under: $0) }
            let notices = [notice, hint].compactMap { $0 }
            var result = CommandReport.result(
                end, output: output, notice: notices.isEmpty ? nil : notices.joined(separator: "\n"), timeout: request.timeout)
            if let confinement, let report = wall.withLock({ $0 }) {
                let missing = WallLayers.asked(by: confinement).subtracting(report.layers)
                result.wall = SessionWall(layers: report.layers.names, missing: missing.names)
            }
            return result
        case .failure(let error): return .failed("The command was not run. \(error)")
        }
    }

    private func collect(_ pipe: OutputPipe, _ show: @Sendable (String) async -> Void) async -> (output: String, notice: String?) {
        var output = CommandOutput(temporaryDirectory: temporaryDirectory, redaction: redaction)
        while let piece = await pipe.next() {
            let text = output.append(piece)
            if !text.isEmpty { await show(text) }
        }
        let rest = output.finish()
        if !rest.isEmpty { await show(rest) }
        return output.rendered()
    }

    /// What the command may reach. Where the wall is, temporary files go to a private folder of the session; when that cannot be made,
    /// because somebody else has its name, the command goes without.
    func confinement(in context: ToolContext) async -> Confinement? {
        guard var confinement = context.confinement else { return nil }
        // Files that the session's other tools made or read in a temporary directory of the machine.
        confinement.visible += context.files.keys.filter { confinement.standIn(for: $0) != nil }.sorted().prefix(Self.maximumVisibleFiles)
        guard let folder = confinement.temporary else { return confinement }
        let isMade = await BlockingWork.files.run { _ in
            do throws(PathFault) {
                try SessionTemporaryFolder.make(folder)
                return true
            } catch {
                return false
            }
        }
        if !isMade { confinement.temporary = nil }
        return confinement
    }

    func process(for command: String, in workingDirectory: String, _ confinement: Confinement?) -> ProcessRequest {
        var environment = ToolEnvironment.make(from: environment, workingDirectory: workingDirectory)
        if let folder = confinement?.temporary { environment["TMPDIR"] = folder }
        if let socket = confinement?.sockets.first { environment["SSH_AUTH_SOCK"] = socket }
        let shell = CommandShell.find(for: environment)
        return ProcessRequest(
            executable: shell.path, arguments: shell.arguments + [command], environment: environment,
            workingDirectory: workingDirectory, terminationGrace: Self.terminationGrace, confinement: confinement)
    }

    /// Hosts kill us five seconds after they asked for the end (`droid-exec.md` §1.8): by then the tree must be gone and the result
    /// written.
    private static let terminationGrace = Duration.seconds(3)
}
