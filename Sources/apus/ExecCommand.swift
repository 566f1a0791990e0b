import ApusBase
import ApusCore
import ApusDaemon
import ApusFronts
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus exec`: one prompt, one answer, an exit code (`droid-exec.md` §1).
struct ExecCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exec",
        abstract: "Runs one prompt without a terminal and exits.",
        discussion: """
            Read-only unless --auto says otherwise. The prompt comes from the words, from --file, from a pipe on stdin, or from \
            several of them in this order.

            Exit codes: 0 the agent finished its turn; 1 the run failed or was not permitted; 2 wrong command line; 130 and 143 \
            after SIGINT and SIGTERM.
            """)

    @Option(name: [.customShort("o"), .long], help: ArgumentHelp("What stdout gets: text, json or stream-json.", valueName: "format"))
    var outputFormat = "text"

    @Option(name: .shortAndLong, help: ArgumentHelp("Read the prompt from a file (UTF-8).", valueName: "path"))
    var file: String?

    @Option(help: ArgumentHelp("Autonomy: low, medium or high. Without it the run is read-only.", valueName: "level"))
    var auto: String?

    @Flag(help: "No permission checks at all. Only for throw-away machines.")
    var skipPermissionsUnsafe = false

    @Option(name: .shortAndLong, help: ArgumentHelp("Continue a session: its id, or the first eight characters or more.", valueName: "id"))
    var sessionId: String?

    @Option(help: ArgumentHelp("Copy a session and continue in the copy.", valueName: "id"))
    var fork: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The model: an id, or custom:… from the settings.", valueName: "id"))
    var model: String?

    @Option(
        name: [.customShort("r"), .long],
        help: ArgumentHelp("Reasoning effort: off, none, minimal, low, medium, high, xhigh, max or dynamic.", valueName: "effort"))
    var reasoningEffort: String?

    @Option(help: ArgumentHelp("Work in this directory.", valueName: "path"))
    var cwd: String?

    @Flag(help: "Apply this project's settings files without having trusted them, for this run.")
    var trustProject = false

    @Flag(help: "Say more on stderr: which settings were read, which of their keys are unknown.")
    var debug = false

    @Option(help: ArgumentHelp("Text put at the end of the system prompt.", valueName: "text"))
    var appendSystemPrompt: String?

    @Option(help: ArgumentHelp("The same from a file, behind the text.", valueName: "path"))
    var appendSystemPromptFile: String?

    @Option(help: ArgumentHelp("Stop after this many responses of the model.", valueName: "n"))
    var maxTurns: Int?

    @Option(help: ArgumentHelp("Stop after this many seconds.", valueName: "seconds"))
    var timeout: Int?

    @Argument(help: ArgumentHelp("The prompt; several words are joined by spaces.", valueName: "prompt"))
    var prompt: [String] = []

    func validate() throws {
        if ExecRequest.Format(rawValue: formatName) == nil {
            throw ValidationError("\"\(outputFormat)\" is not an output format here. Use text, json or stream-json.")
        }
        if skipPermissionsUnsafe && auto != nil { throw ValidationError("--skip-permissions-unsafe cannot be combined with --auto") }
        if let auto, !["low", "medium", "high"].contains(auto) {
            throw ValidationError("\"\(auto)\" is not an autonomy level. Use low, medium or high.")
        }
        if sessionId != nil && fork != nil { throw ValidationError("--session-id cannot be combined with --fork: use one of them.") }
        if let reasoningEffort, ReasoningEffort(rawValue: reasoningEffort) == nil {
            let known = ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\"\(reasoningEffort)\" is not a reasoning effort. Use one of \(known).")
        }
        if let maxTurns, maxTurns < 1 { throw ValidationError("--max-turns must be at least 1.") }
        if let timeout, !(1...86_400).contains(timeout) { throw ValidationError("--timeout must be 1 to 86400 seconds.") }
    }

    func run() async throws {
        let text = try promptText()
        let addition = try systemPromptAddition()
        guard let directory = WorkingDirectory.resolved(cwd ?? ".") else {
            refuse(cwd.map { "No such directory: \($0)" } ?? "The working directory no longer exists. Name another with --cwd.")
        }
        let request = request(text, addition, directory)
        let signals = StopSignals()
        let code = await ProgressDisplay.during(ProcessEnvironment.current) { observe in
            await execute(request, stop: signals.numbers, observe)
        }
        // No scope ends behind `_exit`: without this use the sources would be gone before the run is.
        withExtendedLifetime(signals) {}
        _exit(code)
    }

    /// Ends a run that cannot begin, with the failure in the run's own format.
    private func refuse(_ sentence: String) -> Never {
        Terminal.diagnostics(sentence)
        let format = ExecRequest.Format(rawValue: formatName) ?? .text
        _exit(ExecRun.report(sentence, format, Self.streams(format), at: SystemTime().now))
    }

    private var formatName: String { outputFormat == "debug" ? "stream-json" : outputFormat }

    private func promptText() throws -> String? {
        let deadline = timeout.map { ContinuousClock.now + .seconds($0) }
        let sources = PromptSources(words: prompt, file: file, deadline: deadline, warn: Terminal.diagnostics)
        do throws(PromptSources.Failure) {
            return try sources.resolve(allowsNone: fork != nil)
        } catch {
            if case .late = error { refuse(error.sentence) }
            if case .none = error, sessionId != nil { throw ValidationError("--session-id requires a prompt. \(error.sentence)") }
            throw ValidationError(error.sentence)
        }
    }

    private func systemPromptAddition() throws -> String? {
        var parts: [String] = []
        if let appendSystemPrompt { parts.append(appendSystemPrompt) }
        if let appendSystemPromptFile {
            let source = PromptSources(words: [], file: appendSystemPromptFile, deadline: nil, warn: { _ in })
            do throws(PromptSources.Failure) { parts.append(try source.fileText() ?? "") } catch { throw ValidationError(error.sentence) }
        }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    private func request(_ text: String?, _ addition: String?, _ directory: String) -> ExecRequest {
        let session: ExecRequest.Session =
            if let sessionId { .resume(sessionId) } else if let fork { .fork(fork) } else { .new }
        let level = skipPermissionsUnsafe ? AutonomyLevel.unrestricted : auto.flatMap { AutonomyLevel(rawValue: $0) } ?? .off
        var request = ExecRequest(
            session: session, prompt: text, format: ExecRequest.Format(rawValue: formatName) ?? .text, workingDirectory: directory,
            isWorkingDirectoryExplicit: cwd != nil, autonomy: level, isDirectory: { WorkingDirectory.resolved($0) != nil })
        request.model = model
        request.effort = reasoningEffort.flatMap { ReasoningEffort(rawValue: $0) }
        request.systemPromptAddition = addition
        request.labels = [SessionLabel(name: "exec")]
        request.limits = TurnLimits(responses: maxTurns, milliseconds: timeout.map { $0 * 1_000 })
        return request
    }

    private func execute(
        _ request: ExecRequest, stop: AsyncStream<Int32>, _ observe: @escaping @Sendable (Event) -> Void
    ) async -> Int32 {
        var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
        configuration.workingDirectory = request.workingDirectory
        if trustProject { configuration.trustsProject = true }
        configuration.isVerbose = debug
        let streams = Self.streams(request.format, observe)
        do throws(DaemonError) {
            return try await Daemon.withServices(configuration) { services in
                await ExecRun(request, services: services, streams: streams).run(stop: stop)
            }
        } catch {
            Terminal.diagnostics(error.description)
            return ExecRun.report(error.description, request.format, streams, at: SystemTime().now)
        }
    }

    /// On a terminal a text answer is shown with its control characters escaped; a pipe gets every byte.
    private static func streams(
        _ format: ExecRequest.Format, _ observe: @escaping @Sendable (Event) -> Void = { _ in }
    ) -> ExecStreams {
        let escapes = format == .text && isatty(STDOUT_FILENO) == 1
        return ExecStreams(
            output: { bytes in
                let shown = escapes ? Array(escapedForDisplay(String(decoding: bytes, as: UTF8.self)).utf8) : bytes
                do {
                    try Terminal.writeOutput(shown)
                } catch {
                    if let sentence = (error as? Terminal.Closed)?.sentence { Terminal.diagnostics("Cannot write to stdout: \(sentence)") }
                    throw error
                }
            },
            diagnostics: { Terminal.diagnostics($0) }, observe: observe)
    }
}
