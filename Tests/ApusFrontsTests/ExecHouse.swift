import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import Testing

/// What one run left on its streams.
struct Printed: Sendable {
    var code: Int32
    var output: String
    var diagnostics: String

    func lines() throws -> [JSONValue] { try output.split(separator: "\n").map { try JSONValue(parsing: String($0)) } }
    func types() throws -> [String] { try lines().map { $0["type"]?.stringValue ?? "?" } }
}

struct BrokenPipe: Error {}

/// Runs of `exec` against an engine in memory.
struct ExecHouse: EngineHolder {
    let time = ManualTime()
    let memory: MemoryEventLog
    let engine: Engine
    let services: FrontServices

    init(_ model: ScriptedModel, tools: [ScriptedTool] = [], policy: ScriptedPolicy = ScriptedPolicy()) {
        memory = MemoryEventLog(time: time)
        let tools = FixedTools(tools)
        engine = Engine(
            services: EngineServices(
                log: memory, index: memory, blobs: memory, models: model, tools: tools, policy: policy, instructions: FixedNotes(),
                time: time,
                workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: []) }))
        services = FrontServices(sessions: engine, index: memory, models: model, tools: tools, time: time)
    }

    static func request(
        _ session: ExecRequest.Session = .new, prompt: String? = "hi", format: ExecRequest.Format = .text, at directory: String = "/w"
    ) -> ExecRequest {
        ExecRequest(
            session: session, prompt: prompt, format: format, workingDirectory: directory, isWorkingDirectoryExplicit: false, autonomy: .low
        )
    }

    /// Runs to the end. After `lines` writes nobody reads any more.
    func run(
        _ request: ExecRequest, readerLeavesAfter writes: Int = .max, stop: AsyncStream<Int32> = AsyncStream { _ in }
    ) async throws -> Printed {
        let output = Watched<[UInt8]>([])
        let count = Watched(0)
        let diagnostics = Watched<[String]>([])
        let streams = ExecStreams(
            output: { bytes in
                if count.change({ count -> Int in
                    count += 1
                    return count
                }) > writes {
                    throw BrokenPipe()
                }
                output.change { $0 += bytes }
            }, diagnostics: { text in diagnostics.change { $0.append(text) } })
        let code = try await within { await ExecRun(request, services: services, streams: streams).run(stop: stop) }
        return Printed(
            code: code, output: String(decoding: output.value, as: UTF8.self), diagnostics: diagnostics.value.joined(separator: "\n"))
    }

    func onlySession() async throws -> SessionID {
        let all = try await memory.sessions(withPrefix: "", limit: 10)
        try #require(all.count == 1)
        return all[0].header.id
    }
}
