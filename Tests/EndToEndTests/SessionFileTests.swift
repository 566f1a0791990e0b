import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Session files of the original's form (`droid-exec.md` §5.5), for programs that list sessions from files.
@Suite struct SessionFileTests {
    @Test func nothingIsWrittenUnlessSomebodyWantsIt() async throws {
        try await withStage(.anthropic, [.text("Hello.")]) { stage in
            let outcome = try await stage.apus("exec", "hi")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(!FileManager.default.fileExists(atPath: stage.home.factory + "/sessions"))
        }
    }

    @Test func aSessionIsWrittenAndGrows() async throws {
        try await withStage(
            .anthropic, [.toolCall("Read", ["file_path": "a.txt"], id: "call-1"), .text("Read it."), .text("And again.")]
        ) { stage in
            try stage.home.write("words\n", to: "a.txt")
            try stage.change { $0["compat"] = ["sessionFiles": true] }
            let first = try await stage.apus("exec", "-o", "json", "read it")
            let id = try #require(try JSONValue(parsing: first.text)["session_id"]?.stringValue)
            let folder = "\(stage.home.factory)/sessions/\(Self.slug(stage.home.work))"
            let lines = try Self.lines("\(folder)/\(id).jsonl")
            #expect(lines.first?["type"] == "session_start")
            #expect(lines.first?["title"] == "read it")
            #expect(lines.first?["cwd"]?.stringValue == stage.home.work)
            let talk = lines.filter { $0["message"]?["visibility"] == nil }.dropFirst()
            #expect(talk.compactMap { $0["message"]?["role"]?.stringValue } == ["user", "assistant", "user", "assistant"])
            let blocks = talk.flatMap { $0["message"]?["content"]?.arrayValue ?? [] }.compactMap { $0["type"]?.stringValue }
            #expect(blocks == ["text", "tool_use", "tool_result", "text"])

            let outcome = try await stage.apus("exec", "-s", id, "again")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let grown = try Self.lines("\(folder)/\(id).jsonl")
            #expect(grown.filter { $0["message"]?["visibility"] == nil }.count == talk.count + 3)
            let settings = try JSONValue(parsing: String(contentsOfFile: "\(folder)/\(id).settings.json", encoding: .utf8))
            #expect(settings["autonomyLevel"] == "off")
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(id).jsonl")
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }

    @Test func whoCallsThroughTheOriginalsVariableWantsThem() async throws {
        try await withStage(.anthropic, [.text("Hello.")]) { stage in
            let variable = ["FACTORY_DROID_BINARY": stage.executable.path]
            let outcome = try await stage.apus("exec", "hi", environment: variable)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let folder = "\(stage.home.factory)/sessions/\(Self.slug(stage.home.work))"
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            #expect(files.count == 2)
        }
    }

    /// A folder that cannot be made is told once, and the run goes on.
    @Test func aPlaceThatCannotBeWrittenIsTold() async throws {
        try await withStage(.anthropic, [.text("Hello.")]) { stage in
            try FileManager.default.createDirectory(atPath: stage.home.factory, withIntermediateDirectories: true)
            try "in the way".write(toFile: stage.home.factory + "/sessions", atomically: false, encoding: .utf8)
            try stage.change { $0["compat"] = ["sessionFiles": true] }
            let outcome = try await stage.apus("exec", "hi")
            #expect(outcome.status == .exited(0))
            #expect(outcome.text == "Hello.\n")
            #expect(outcome.diagnostics.contains("cannot be written"))
        }
    }

    private static func slug(_ path: String) -> String { "-" + path.dropFirst().replacing("/", with: "-") }

    private static func lines(_ path: String) throws -> [JSONValue] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    }
}
