import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Row S8 of the threat model for this listener: after everything that a client does with its token, it stands in the two files that are its
/// place and nowhere else.
@Suite struct OptaSecretTests {
    @Test func afterAWholeConversationTheTokenIsNowhereElse() async throws {
        let script: Script = [.command("env"), .text("Done.")]
        let canary = "canary-\(UUID().uuidString.lowercased())"
        try await withOptaServed(script, environment: ["FACTORY_API_KEY": canary]) { served in
            let (added, token) = (try await served.key("phone", "admin"), served.token)
            let secrets = [token, canary, added]
            var said = ""
            for secret in secrets {
                let query = "token=\(secret)"
                let bearer = ["Authorization: Bearer \(secret)"]
                for (line, headers) in [
                    ("GET /v3/health?\(query)", []), ("GET /v3/nope?\(query)", bearer), ("GET /v3/%zz?\(query)", bearer),
                    ("GET /v3/sessions/none?\(query)", []), ("POST /v3/sessions/none/turns?\(query)", bearer),
                    ("GET /v3/health?\(query)", ["Origin: http://\(secret).evil"]), ("GET /v3/health?\(query)", ["Host: \(secret)"]),
                    ("GET /v3/health?token=\(secret)x", []), ("GET /v3/ws?\(query)", []), ("OPTIONS /v3/ws?\(query)", []),
                ] {
                    said += try await served.call(line, headers: headers).text
                }
                for path in ["\(OptaServed.path("x"))&\(query)", "/v3/ws?\(query)", "\(OptaServed.path("x"))&token=\(secret)x"] {
                    let socket = try await served.socket(path, headers: [])
                    try await socket.send(#"{"type":"turn.submit"}"#)
                    said += try await socket.message()?.text ?? ""
                    await socket.raw.close()
                }
            }
            let session = try await served.session()
            let told = try await served.run(session, OptaServed.turn(mode: "do"))
            #expect(told.last?["event"] == "turn.done" && told.names.contains("tool.end"), "\(told.names)")
            said += JSONValue.array(told).serialized()
            let process = try await served.call(
                "POST /v3/background/start", ["sessionId": .string(session), "command": "env", "timeoutMs": 60_000])
            let id = try #require(process.body["process"]?["processId"]?.stringValue)
            try await eventually(within: .seconds(60)) {
                try await served.call("GET /v3/background/\(id)/status").body["process"]?["state"] != "running"
            }
            said += try await served.call("GET /v3/background/\(id)/output").text
            for operation in ["doctor", "daemon.status", "daemon.logs", "config.list", "keys.list", "models.list"] {
                said += try await served.call("POST /v3/operations/\(operation)", [:]).text
            }
            said += try await served.detail(session).serialized() + JSONValue.array(try await served.events(session)).serialized()
            said += served.stage.server.requests.map { $0.line.serialized() }.joined()
            // Only Linux shows it this way.
            let words = FileManager.default.contents(atPath: "/proc/\(served.running.process.pid)/cmdline") ?? Data()
            said += String(decoding: words, as: UTF8.self)
            said += try await served.running.end().everything
            for secret in secrets { #expect(!said.contains(secret), "\(Self.around(secret, in: said))") }

            let root = served.stage.home.root
            let places = ["\(served.running.folder)/token"]
            let files = try #require(FileManager.default.enumerator(atPath: root)).compactMap { $0 as? String }.map { "\(root)/\($0)" }
            #expect(files.contains("\(served.running.folder)/daemon.log") && files.contains(places[0]))
            // What `apus keys add` has printed was caught by the test in a file of its own.
            for file in files where !places.contains(file) && !file.contains("/scratch/child-") {
                let text = String(decoding: FileManager.default.contents(atPath: file) ?? Data(), as: UTF8.self)
                for secret in secrets { #expect(!text.contains(secret), "\(file): \(Self.around(secret, in: text))") }
            }
        }
    }

    private static func around(_ secret: String, in text: String) -> String {
        guard let range = text.range(of: secret) else { return "" }
        return String(text[..<range.lowerBound].suffix(200)) + "<the secret>" + String(text[range.upperBound...].prefix(50))
    }
}
