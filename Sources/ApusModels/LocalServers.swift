import ApusBase
import ApusCore

/// Looks for a model server on this machine, at the ports that common ones listen on.
///
/// All ports are asked at once for `/v1/models` and all answers must be there within one limit. The first port in order that lists a
/// model one can talk to is taken, with the first such model. Whatever else listens there is passed over in silence.
package struct LocalServers: Sendable {
    /// A server that answered.
    package struct Server: Hashable, Sendable {
        package var port: Int
        package var model: String
        /// What the server says of the model's context, if it does.
        package var contextTokens: Int?

        package init(port: Int, model: String, contextTokens: Int? = nil) {
            self.port = port
            self.model = model
            self.contextTokens = contextTokens
        }

        /// Resolves again later without asking around.
        package var id: String { "local:\(port)/\(model)" }

        /// The server of such an id.
        package init?(id: String) {
            guard id.hasPrefix("local:"), let slash = id.firstIndex(of: "/") else { return nil }
            let digits = id[..<slash].dropFirst("local:".count)
            let model = id[id.index(after: slash)...]
            guard let port = UInt16(digits), port > 0, !model.isEmpty else { return nil }
            self.init(port: Int(port), model: String(model))
        }
    }

    /// Ollama, llama.cpp and many others, LM Studio, vLLM.
    package static let usualPorts = [11434, 8080, 1234, 8000]

    private let http: HTTPStream
    private let ports: [Int]
    private let limit: Duration
    private static let listBytes = 1 << 20

    package init(http: HTTPStream, ports: [Int] = LocalServers.usualPorts, limit: Duration = .milliseconds(200)) {
        self.http = http
        self.ports = ports
        self.limit = limit
    }

    /// `nil` when nobody answers in time. Takes at most the limit, and usually far less: closed ports refuse at once.
    package func discover() async -> Server? {
        await withTaskGroup(of: (place: Int, server: Server?).self) { group in
            for (place, port) in ports.enumerated() {
                group.addTask { (place, await ask(port)) }
            }
            var answers: [Server??] = Array(repeating: nil, count: ports.count)
            var next = 0
            for await (place, server) in group {
                answers[place] = .some(server)
                while next < answers.count, let answer = answers[next] {
                    guard let answer else {
                        next += 1
                        continue
                    }
                    // Later ports need not be waited for.
                    group.cancelAll()
                    return answer
                }
            }
            return nil
        }
    }

    private func ask(_ port: Int) async -> Server? {
        let request = HTTPStream.Request(
            method: "GET", url: "http://127.0.0.1:\(port)/v1/models", headers: [("accept", "application/json")])
        let deadlines = HTTPDeadlines(firstByte: limit, idle: limit, total: limit)
        do {
            let exchange = try await http.open(request, deadlines: deadlines)
            defer { exchange.abandon() }
            guard exchange.status == 200 else { return nil }
            let document = try JSONValue(parsing: try await exchange.rest(limit: Self.listBytes))
            return Self.server(port, document)
        } catch {
            // Nobody there, or somebody else: both are ordinary.
            return nil
        }
    }

    private static func server(_ port: Int, _ document: JSONValue) -> Server? {
        for model in document["data"]?.arrayValue ?? [] {
            guard let id = model["id"]?.stringValue, !id.isEmpty, isChatModel(id) else { continue }
            let context = ["max_model_len", "max_context_length", "context_length"].compactMap { model[$0]?.integerValue }.first
            return Server(port: port, model: id, contextTokens: context.map { Int($0) })
        }
        return nil
    }

    /// Servers list models of other kinds under the same path; their names give them away.
    private static func isChatModel(_ id: String) -> Bool {
        let name = id.lowercased()
        let others = [
            "embed", "rerank", "whisper", "minilm", "bge-", "gte-", "e5-", "clip-", "tts", "stable-diffusion", "flux", "moderation",
            "colbert",
        ]
        return !others.contains { name.contains($0) }
    }
}

extension ModelEndpoint {
    /// A server found on this machine. No key is sent.
    init(_ server: LocalServers.Server) {
        self.init(
            description: ModelDescription(
                id: server.id, displayName: server.model, dialect: ChatCompletionsProvider.dialect, contextTokens: server.contextTokens,
                efforts: Self.chatEfforts,
                // Most local models see nothing, and a server refuses the whole conversation then. A custom model may say otherwise.
                media: .nothing),
            model: server.model, baseURL: "http://127.0.0.1:\(server.port)/v1", key: nil, keyPlace: "the settings")
    }
}
