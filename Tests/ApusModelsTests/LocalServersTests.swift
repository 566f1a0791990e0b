import ApusCore
import Testing

@testable import ApusModels

@Suite(.timeLimit(.minutes(5))) struct LocalServersTests {
    private static func list(_ ids: String...) -> ScriptedServer.Step {
        let body = "{\"object\":\"list\",\"data\":[" + ids.map { "{\"id\":\"\($0)\"}" }.joined(separator: ",") + "]}"
        return .send(head(type: "application/json", "content-length: \(body.utf8.count)") + body)
    }

    /// The limit is wide enough for a busy test machine; a silent port takes it in full.
    private func discover(_ ports: [Int], limit: Duration = .seconds(20)) async -> LocalServers.Server? {
        let http = HTTPStream()
        let server = await LocalServers(http: http, ports: ports, limit: limit).discover()
        await http.close()
        return server
    }

    @Test func firstPortInOrderThatListsAChatModelIsTaken() async throws {
        let held = try ClosedPort()
        let closed = held.number
        try await ScriptedServer.withServer([.send(head(type: "text/html", "content-length: 4") + "<ok>")]) { page in
            try await ScriptedServer.withServer([Self.list("nomic-embed-text", "bge-m3")]) { embeddings in
                try await ScriptedServer.withServer([Self.list("text-embedding-3", "qwen3:8b", "other")]) { first in
                    try await ScriptedServer.withServer([Self.list("late")]) { second in
                        let ports = [closed, page.port, embeddings.port, first.port, second.port]
                        #expect(await discover(ports) == LocalServers.Server(port: first.port, model: "qwen3:8b"))
                        #expect(first.requests[0].hasPrefix("GET /v1/models HTTP/1.1\r\n"))
                    }
                }
            }
        }
    }

    @Test func silentPortIsWaitedForOnlyUntilTheLimit() async throws {
        try await ScriptedServer.withServer([]) { silent in
            try await ScriptedServer.withServer([Self.list("m")]) { good in
                #expect(await discover([silent.port, good.port], limit: .seconds(8)) == LocalServers.Server(port: good.port, model: "m"))
                await silent.allClosed()
            }
        }
    }

    @Test func nobodyIsNothing() async throws {
        let closed = try ClosedPort()
        #expect(await discover([closed.number]) == nil)
        #expect(await discover([]) == nil)
    }

    @Test func contextIsReadWhereTheServerTells() async throws {
        let body = "{\"data\":[{\"id\":\"m\",\"max_model_len\":32768}]}"
        try await ScriptedServer.withServer([.send(head(type: "application/json", "content-length: \(body.utf8.count)") + body)]) {
            server in
            #expect(await discover([server.port]) == LocalServers.Server(port: server.port, model: "m", contextTokens: 32768))
        }
    }

    @Test(
        arguments: [
            ("local:8080/org/m:1", LocalServers.Server(port: 8080, model: "org/m:1")), ("local:0/m", nil), ("local:99999/m", nil),
            ("local:80/", nil),
            ("local:80", nil), ("other:80/m", nil),
        ] as [(String, LocalServers.Server?)])
    func idsNameServerAndModel(_ id: String, _ server: LocalServers.Server?) {
        #expect(LocalServers.Server(id: id) == server)
        if let server { #expect(server.id == id) }
    }
}
