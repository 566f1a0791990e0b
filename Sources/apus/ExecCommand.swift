import ApusBase
import ApusCore
import ApusDaemon
import ApusFronts
import ApusSettings
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

    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("What stdout gets: text, json or stream-json (debug is its old name).", valueName: "format"),
        completion: .list(ExecRequest.Format.allCases.map(\.rawValue)))
    var outputFormat = "text"

    @Option(
        help: ArgumentHelp(
            "What stdin is: stream-jsonrpc makes this a host of the droid protocol, with -o stream-jsonrpc.", valueName: "format"),
        completion: .list(["stream-jsonrpc"]))
    var inputFormat: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Read the prompt from a file (UTF-8).", valueName: "path"), completion: .file())
    var file: String?

    @Option(
        help: ArgumentHelp("Autonomy: low, medium or high. Without it the run is read-only.", valueName: "level"),
        completion: .list(["low", "medium", "high"]))
    var auto: String?

    @Flag(help: "No permission checks at all. Only for throw-away machines.")
    var skipPermissionsUnsafe = false

    @Option(
        help: ArgumentHelp(
            "When a call needs more autonomy: stop the run, or continue, the model told that it may not.", valueName: "stop|continue"),
        completion: .list(ExecRequest.OnDenied.allCases.map(\.rawValue)))
    var onDenied = "stop"

    @Option(name: .shortAndLong, help: ArgumentHelp("Continue a session: its id, or the first eight characters or more.", valueName: "id"))
    var sessionId: String?

    @Option(help: ArgumentHelp("Copy a session and continue in the copy.", valueName: "id"))
    var fork: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("The model: an id, custom:… from the settings, or auto.", valueName: "id"))
    var model: String?

    @Option(
        name: [.customShort("r"), .long],
        help: ArgumentHelp("Reasoning effort: off, none, minimal, low, medium, high, xhigh, max or dynamic.", valueName: "effort"),
        completion: .list(ReasoningEffort.allCases.map(\.rawValue)))
    var reasoningEffort: String?

    @OptionGroup(title: "Spec mode") var spec: SpecOptions
    @Option(
        help: ArgumentHelp(
            "Run as a custom droid: a name from .apus/droids, .factory/droids or their places in the home.", valueName: "name"))
    var droid: String?

    @OptionGroup(title: "Tools") var tools: ToolOptions

    @Option(help: ArgumentHelp("Work in this directory.", valueName: "path"), completion: .directory)
    var cwd: String?

    @OptionGroup(title: "Worktree") var place: WorktreeOptions

    @Option(
        name: .customLong("tag"),
        help: ArgumentHelp("Tag the session: a name, or {\"name\": …, \"metadata\": {…}}. Repeatable.", valueName: "tag"))
    var tags: [String] = []

    @Option(help: ArgumentHelp("A label for the session and in front of every line on stderr.", valueName: "id"))
    var logGroupId: String?

    @Option(help: ArgumentHelp("Text put at the end of the system prompt.", valueName: "text"))
    var appendSystemPrompt: String?

    @Option(help: ArgumentHelp("The same from a file, behind the text.", valueName: "path"), completion: .file())
    var appendSystemPromptFile: String?

    @Option(
        help: ArgumentHelp(
            "The final answer must be JSON that fits the JSON Schema in this file; the model may repair it twice.", valueName: "path"),
        completion: .file())
    var outputSchema: String?

    @Option(help: ArgumentHelp("Stop after this many responses of the model.", valueName: "n"))
    var maxTurns: Int?

    @Option(help: ArgumentHelp("Stop after this many seconds.", valueName: "seconds"))
    var timeout: Int?

    @Flag(help: "Apply this project's settings files without having trusted them, for this run.")
    var trustProject = false

    @Flag(help: "Accepted: background processes outlive the run anyway.")
    var allowBackgroundProcesses = false

    @Flag(name: .customLong("no-hooks"), help: "Run no hooks but those of the machine's administrator.")
    var noHooks = false

    @Flag(help: "Go without the skills that come with Apus.")
    var disableBuiltinSkills = false

    @Flag(help: "Say more on stderr: which settings were read, which of their keys are unknown.")
    var debug = false

    @OptionGroup var servers: MCPOptions

    @OptionGroup(title: "Known from the original, not in this version") var later: LaterOptions

    @Argument(help: ArgumentHelp("The prompt; several words are joined by spaces.", valueName: "prompt"))
    var prompt: [String] = []

    func validate() throws {
        try validateFormat()
        if skipPermissionsUnsafe && auto != nil { throw ValidationError("--skip-permissions-unsafe cannot be combined with --auto") }
        if let auto, !["low", "medium", "high"].contains(auto) {
            throw ValidationError("\"\(auto)\" is not an autonomy level. Use low, medium or high.")
        }
        if ExecRequest.OnDenied(rawValue: onDenied) == nil {
            throw ValidationError("\"\(onDenied)\" is nothing --on-denied knows. Use stop or continue.")
        }
        if sessionId != nil && fork != nil { throw ValidationError("--session-id cannot be combined with --fork: use one of them.") }
        if let reasoningEffort, ReasoningEffort(rawValue: reasoningEffort) == nil {
            let known = ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\"\(reasoningEffort)\" is not a reasoning effort. Use one of \(known).")
        }
        if let maxTurns, maxTurns < 1 { throw ValidationError("--max-turns must be at least 1.") }
        if let timeout, !(1...86_400).contains(timeout) { throw ValidationError("--timeout must be 1 to 86400 seconds.") }
        _ = try labels()
    }

    private static let remote = "stream-jsonrpc"
    private var isHost: Bool { inputFormat == Self.remote }

    private func validateFormat() throws {
        let remote = Self.remote
        switch (inputFormat, outputFormat) {
        case (remote?, remote): return try validateHost()
        case ("stream-json"?, _): throw ValidationError("--input-format stream-json does not exist. Use \(remote), with -o \(remote).")
        case (remote?, _), (nil, remote):
            throw ValidationError("--input-format and --output-format must match: \(remote) needs both to be \(remote).")
        case (let input?, _): throw ValidationError("\"\(input)\" is not an input format. The only one is \(remote).")
        case (nil, "acp"), (nil, "acp-daemon"):
            throw ValidationError("--output-format \(outputFormat) is not available in this version of Apus.")
        case (nil, _): break
        }
        if ExecRequest.Format(rawValue: formatName) == nil {
            throw ValidationError("\"\(outputFormat)\" is not an output format here. Use text, json, stream-json or \(remote).")
        }
    }

    /// A host takes its prompts, and what belongs to one, from its client (`droid-exec.md` §1.3).
    private func validateHost() throws {
        if !prompt.isEmpty || file != nil {
            throw ValidationError("\(Self.remote) takes no prompt and no --file: prompts come as droid.add_user_message.")
        }
        if disableBuiltinSkills {
            throw ValidationError(
                "--disable-builtin-skills cannot be combined with \(Self.remote): send disableBuiltinSkills with droid.initialize_session.")
        }
        let misplaced = [
            ("--droid", droid != nil), ("--output-schema", outputSchema != nil), ("--max-turns", maxTurns != nil),
            ("--timeout", timeout != nil),
        ]
        if let name = misplaced.first(where: { $0.1 })?.0 {
            throw ValidationError("\(name) belongs to one prompt and cannot be combined with \(Self.remote).")
        }
    }

    func run() async throws {
        if tools.list { try await listTools() }
        if isHost { try await serve() }
        let text = try promptText()
        let addition = try systemPromptAddition()
        let schema = try schema()
        let stops = WorktreeStops()
        let signals = StopSignals(first: stops.first, second: stops.second)
        let start = ContinuousClock.now
        let stay = await enterWorktree(configuration(directory()), stops) { sentence, signal in
            say(sentence)
            _exit(ExecRun.report(sentence.firstLine, format, streams(), at: SystemTime().now, signal: signal))
        }
        var request = request(text, addition, stay?.path ?? directory())
        if stay != nil {
            request.isWorkingDirectoryExplicit = true
            // Making it was a part of the time that was given.
            let spent = Int((ContinuousClock.now - start) / .milliseconds(1))
            request.limits.milliseconds = request.limits.milliseconds.map { max(1, $0 - spent) }
        }
        request.labels = try labels()
        request.outputSchema = schema
        for warning in tools.warnings + place.warnings { say(warning) }
        let code = await ProgressDisplay.during(ProcessEnvironment.current) { observe in
            await execute(request, stop: signals.numbers, stay, observe)
        }
        // No scope ends behind `_exit`: without this use the sources would be gone before the run is.
        withExtendedLifetime(signals) {}
        _exit(code)
    }

    private func directory() -> String {
        guard let directory = WorkingDirectory.resolved(cwd ?? ".") else {
            refuse(cwd.map { "No such directory: \($0)" } ?? "The working directory no longer exists. Name another with --cwd.")
        }
        return directory
    }

    /// Writes one line, or several, to stderr.
    private func say(_ text: String) {
        Terminal.diagnostics(logGroupId.map { "[\($0)] \(text)" } ?? text)
    }

    /// Ends a run that cannot begin, with the failure in the run's own format.
    private func refuse(_ sentence: String) -> Never {
        say(sentence)
        _exit(ExecRun.report(sentence, format, streams(), at: SystemTime().now))
    }

    private var formatName: String { outputFormat == "debug" ? "stream-json" : outputFormat }
    private var format: ExecRequest.Format { ExecRequest.Format(rawValue: formatName) ?? .text }
    private var level: AutonomyLevel {
        skipPermissionsUnsafe ? .unrestricted : auto.flatMap { AutonomyLevel(rawValue: $0) } ?? .off
    }

    private func promptText() throws -> String? {
        let deadline = timeout.map { ContinuousClock.now + .seconds($0) }
        let sources = PromptSources(words: prompt, file: file, deadline: deadline, warn: say)
        do throws(PromptSources.Failure) {
            return try sources.resolve(allowsNone: fork != nil)
        } catch {
            if case .late = error { refuse(error.sentence) }
            if case .none = error, sessionId != nil { throw ValidationError("--session-id requires a prompt. \(error.sentence)") }
            throw ValidationError(error.sentence)
        }
    }

    private func text(of path: String) throws -> String {
        let source = PromptSources(words: [], file: path, deadline: nil, warn: { _ in })
        do throws(PromptSources.Failure) { return try source.fileText() ?? "" } catch { throw ValidationError(error.sentence) }
    }

    private func systemPromptAddition() throws -> String? {
        var parts: [String] = []
        if let appendSystemPrompt { parts.append(appendSystemPrompt) }
        if let appendSystemPromptFile { parts.append(try text(of: appendSystemPromptFile)) }
        return parts.isEmpty ? nil : parts.joined(separator: "\n\n")
    }

    private func schema() throws -> JSONSchema? {
        guard let outputSchema else { return nil }
        let text = try text(of: outputSchema)
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: text) } catch {
            throw ValidationError("\(outputSchema) is not valid JSON: \(error)")
        }
        do throws(JSONSchema.Fault) { return try JSONSchema(value) } catch {
            throw ValidationError("\(outputSchema) cannot be used as an output schema. \(error).")
        }
    }

    private func labels() throws -> [SessionLabel] {
        var labels = [SessionLabel(name: "exec")]
        do throws(SessionTag.Fault) {
            for tag in tags { labels.append(try SessionTag.label(tag)) }
        } catch {
            throw ValidationError(error.sentence)
        }
        if let logGroupId { labels.append(SessionLabel(name: "log-group", metadata: ["id": logGroupId])) }
        if let type = ProcessEnvironment.current["DROID_EXEC_RUN_TYPE"], !type.isEmpty {
            labels.append(SessionLabel(name: "run-type", metadata: ["value": type]))
        }
        return labels
    }

    private func request(_ text: String?, _ addition: String?, _ directory: String) -> ExecRequest {
        let session: ExecRequest.Session =
            if let sessionId { .resume(sessionId) } else if let fork { .fork(fork) } else { .new }
        var request = ExecRequest(
            session: session, prompt: text, format: format, workingDirectory: directory, isWorkingDirectoryExplicit: cwd != nil,
            autonomy: level, isDirectory: { WorkingDirectory.resolved($0) != nil })
        request.model = model
        request.effort = reasoningEffort.flatMap { ReasoningEffort(rawValue: $0) }
        request.systemPromptAddition = addition
        request.droid = droid
        request.limits = TurnLimits(responses: maxTurns, milliseconds: timeout.map { $0 * 1_000 })
        request.tools = tools.selection
        request.disablesBuiltinSkills = disableBuiltinSkills
        request.onDenied = ExecRequest.OnDenied(rawValue: onDenied) ?? .stop
        request.spec = spec.wish
        return request
    }

    private func configuration(_ directory: String) -> DaemonConfiguration {
        var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { say($0) }
        configuration.workingDirectory = directory
        if trustProject { configuration.trustsProject = true }
        configuration.isVerbose = debug
        configuration.runsHooks = !noHooks
        configuration.serverFile = servers.path
        return configuration
    }

    private func execute(
        _ request: ExecRequest, stop: AsyncStream<Int32>, _ stay: WorktreeStay?, _ observe: @escaping @Sendable (Event) -> Void
    ) async -> Int32 {
        let streams = streams(observe)
        do throws(DaemonError) {
            return try await Daemon.withServices(configuration(request.workingDirectory)) { services in
                await ExecRun(request, services: services, streams: streams, workplace: stay).run(stop: stop)
            }
        } catch {
            if let remark = await stay?.leave([], isHurried: false).remark { say(remark) }
            say(error.description)
            return ExecRun.report(error.description, request.format, streams, at: SystemTime().now)
        }
    }

    /// `--input-format stream-jsonrpc`: only lines of the protocol go to stdout, everything else to stderr.
    private func serve() async throws -> Never {
        // Without the label of one-shot runs.
        var defaults = SessionSettings(model: model, autonomy: level, labels: Array(try labels().dropFirst()))
        defaults.effort = reasoningEffort.flatMap { ReasoningEffort(rawValue: $0) }
        defaults.systemPromptAddition = try systemPromptAddition()
        defaults.tools = tools.selection
        // What settings say of the planner comes when the session does.
        spec.wish.apply(to: &defaults, leavesPlanning: false, .none)
        defaults.refusesApprovals = onDenied == ExecRequest.OnDenied.continue.rawValue
        for warning in tools.warnings { say(warning) }
        let start: DroidPipe.Start =
            if let sessionId { .load(sessionId) } else if let fork { .fork(fork) } else { .none }
        let stops = WorktreeStops()
        let signals = StopSignals(first: stops.first, second: stops.second)
        let stay = await enterWorktree(configuration(directory()), stops) { sentence, signal in
            say(sentence)
            _exit(signal.map { 128 + $0 } ?? 1)
        }
        let (settings, directory, stop) = (defaults, stay?.path ?? directory(), signals.numbers)
        let code: Int32
        do throws(DaemonError) {
            code = try await Daemon.withServices(configuration(directory)) { services in
                await DroidPipe(services, version: Version.text, defaults: settings, start: start) { say($0) }
                    .run(StandardInput(), to: StandardOutput(), stop: stop)
            }
        } catch {
            say(error.description)
            code = 1
        }
        if let remark = await stay?.leave([], isHurried: stops.signal != nil).remark { say(remark) }
        // No scope ends behind `_exit`.
        withExtendedLifetime(signals) {}
        _exit(code)
    }

    /// What `--help` says about models, behind the options. Asks no network; broken settings leave it out, as they are not what was
    /// asked for.
    static func modelSections() async -> String {
        var environment = ProcessEnvironment.current
        environment["APUS_NO_LOCAL_MODELS"] = "1"
        var configuration = DaemonConfiguration(environment: environment) { _ in }
        configuration.workingDirectory = WorkingDirectory.resolved(".")
        do throws(SettingsFault) { return try await ModelList(configuration).helpSections } catch { return "" }
    }

    /// `--list-tools`: the prompt is ignored, nothing is stored.
    private func listTools() async throws -> Never {
        var selection = tools.selection
        if let droid {
            let directory = directory()
            guard let profile = await Daemon.droids(configuration(directory), in: directory)[droid] else {
                refuse("No droid named \"\(droid)\" here.")
            }
            selection = profile.tools.narrowing(selection)
        }
        do throws(DaemonError) {
            let catalogue = try await Daemon.toolCatalogue(
                configuration(directory()), model: model, adding: selection.additional)
            for warning in tools.warnings { say(warning) }
            let list = ToolList(catalogue.tools, model: catalogue.model, level: level, selection: selection)
            Terminal.output(format == .text ? list.text : list.json)
            _exit(0)
        } catch {
            say(error.description)
            // Whoever reads stdout gets the first line, as from a run.
            _exit(ExecRun.report(error.description.firstLine, format, streams(), at: SystemTime().now))
        }
    }

    /// On a terminal a text answer is shown with its control characters escaped; a pipe gets every byte.
    private func streams(_ observe: @escaping @Sendable (Event) -> Void = { _ in }) -> ExecStreams {
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
            diagnostics: { say($0) }, observe: observe)
    }
}
