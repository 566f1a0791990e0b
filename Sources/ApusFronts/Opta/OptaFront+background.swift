import ApusBase
import ApusCore

/// Commands beside turns (§2.5, #13-17).
extension OptaFront {
    func background(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        switch request.route.endpoint {
        case .startProcess: try await startProcess(request)
        case .processStatus: try processStatus(request)
        case .processOutput: try processOutput(request)
        case .killProcess: try killProcess(request)
        default: try await listProcesses(request)
        }
    }

    private enum StreamChoice: String, CaseIterable {
        case stdout, stderr, both
    }

    /// A day.
    private static let maximumTimeout = 86_400_000
    private static let pageLimit = 1...500
    private static let usualPage = 200

    private func listProcesses(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        var fields = OptaForm(query: request.query)
        let session = fields.filled("sessionId").map { SessionID($0) }
        try fields.check()
        if let session { _ = try await named(session) }
        return .json(200, ["processes": .array(services.processes.processes(of: session).map(shown))])
    }

    private func startProcess(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        var fields = OptaForm(request.body, "Invalid body")
        let session = SessionID(fields.required("sessionId"))
        let text = fields.required("command")
        let label = fields.optional("label")
        let directory = fields.optional("cwd")
        let timeout = fields.number("timeoutMs", in: 0...Self.maximumTimeout).map { Duration.milliseconds($0) }
        try fields.check()
        let state = try await named(session)
        var command = ProcessCommand(session: session, command: text, label: label)
        command.timeout = timeout ?? setting.background.defaultTimeout
        if command.timeout == .zero { command.timeout = nil }
        command.bounds = setting.background.bounds
        if let directory, !directory.isEmpty {
            let path = directory.hasPrefix("/") ? directory : state.directory + "/" + directory
            command.workingDirectory = services.directory(path)
            if command.workingDirectory == nil { fields.report("cwd", "No such directory: \(path)") }
            try fields.check()
        }
        do throws(ProcessDeskError) {
            let process = try await services.processes.start(command)
            log(.note("Background process \(process.id) of session \(session) was started by \"\(request.client.name)\""))
            return .json(201, ["process": shown(process)])
        } catch {
            throw failure(error, of: command, &fields)
        }
    }

    private func processStatus(_ request: OptaRequest) throws(OptaFailure) -> HTTPAnswer {
        var fields = OptaForm(query: request.query)
        let process = try process(request, &fields)
        try fields.check()
        return .json(200, ["process": shown(process)])
    }

    private func processOutput(_ request: OptaRequest) throws(OptaFailure) -> HTTPAnswer {
        var fields = OptaForm(query: request.query)
        let after = fields.number("afterSeq", in: 0...1 << 53) ?? 0
        let limit = fields.number("limit", in: Self.pageLimit) ?? Self.usualPage
        let choice = fields.choice("stream", StreamChoice.self) ?? .both
        try fields.check()
        let process = try process(request, &fields)
        let page = services.processes.output(
            of: process.id, after: after, limit: limit, stream: ProcessStream(rawValue: choice.rawValue))
        guard let page else { throw Self.noProcess }
        let next = page.chunks.last?.seq ?? after
        return .json(
            200,
            [
                "process": shown(page.process), "chunks": .array(page.chunks.map { OptaProcess.json($0) }),
                "nextSeq": .integer(Int64(next)), "hasMore": .bool(page.hasMore),
            ])
    }

    private func killProcess(_ request: OptaRequest) throws(OptaFailure) -> HTTPAnswer {
        var fields = OptaForm(request.body, "Invalid body")
        let signal = fields.choice("signal", ProcessSignal.self) ?? .terminate
        try fields.check()
        var query = OptaForm(query: request.query)
        let process = try process(request, &query)
        let isKilled = services.processes.kill(process.id, with: signal)
        return .json(200, ["killed": .bool(isKilled), "process": shown(services.processes.process(process.id) ?? process)])
    }

    // MARK: -

    private static let noProcess = OptaFailure(404, "Background process not found")

    /// The process that the path names, of the session that the query names, if it does.
    private func process(_ request: OptaRequest, _ query: inout OptaForm) throws(OptaFailure) -> SessionProcess {
        guard let id = request.parameters.first, !id.isEmpty else { throw OptaFailure(400, "Invalid process id") }
        let session = query.filled("sessionId")
        try query.check()
        guard let process = services.processes.process(id) else { throw Self.noProcess }
        if let session, session != process.session.rawValue { throw Self.noProcess }
        return process
    }

    /// As ``known(_:)``, in the words of these routes.
    private func named(_ session: SessionID) async throws(OptaFailure) -> SessionState {
        do throws(OptaFailure) { return try await known(session) } catch {
            throw error.status == 404 ? .noSession(session.rawValue) : error
        }
    }

    private func shown(_ process: SessionProcess) -> JSONValue { OptaProcess.json(process, at: services.time.now) }

    private func failure(_ error: ProcessDeskError, of command: ProcessCommand, _ fields: inout OptaForm) -> OptaFailure {
        switch error {
        case .badCommand(let sentence):
            return .invalid("Invalid body", [OptaIssue(code: "custom", path: [.key("command")], message: sentence)])
        case .tooMany(let limit): return OptaFailure(409, "Max concurrent processes (\(limit)) reached")
        case .refused(let sentence): return OptaFailure(403, sentence)
        case .notStarted(let sentence):
            return OptaFailure(
                500,
                ["error": .string("Background process failed to start: \(command.command)"), "message": .string(sentence)])
        case .session(let error): return failure(error)
        case .closing: return OptaFailure(503, error.description)
        }
    }
}

extension OptaSetting.Background {
    var bounds: ProcessBounds {
        ProcessBounds(maximumRunning: maximumRunning, outputBytes: outputBytes, toldBytes: toldBytes, memory: memory)
    }
}
