import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Images and PDF documents, from a file to the wire and back out of the store.
@Suite struct MediaTests {
    /// The smallest PNG there is: one red pixel.
    private static let png = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC"

    private static let pdf = """
        %PDF-1.4
        1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj
        2 0 obj << /Type /Pages /Kids [3 0 R] /Count 1 >> endobj
        3 0 obj << /Type /Page /Parent 2 0 R /MediaBox [0 0 300 100] /Contents 4 0 R
          /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >> endobj
        4 0 obj << /Length 46 >> stream
        BT /F1 24 Tf 20 40 Td (Hello from page) Tj ET
        endstream endobj
        trailer << /Root 1 0 R >>
        startxref
        0
        %%EOF

        """

    private static func read(_ name: String) -> Reply { .toolCall("Read", ["file_path": .string(name)], id: "call-1") }

    private func write(_ base64: String, to name: String, _ home: TemporaryHome) throws {
        let data = try #require(Data(base64Encoded: base64))
        try data.write(to: URL(fileURLWithPath: "\(home.work)/\(name)"))
    }

    /// Changes members of the only custom model.
    private func configure(_ home: TemporaryHome, _ members: JSONObject) throws {
        let path = "\(home.apus)/settings.json"
        var settings = try #require(try JSONValue(parsing: String(contentsOfFile: path, encoding: .utf8)).objectValue)
        var model = try #require(settings["customModels"]?.arrayValue?.first?.objectValue)
        for (name, value) in members { model[name] = value }
        settings["customModels"] = .array([.object(model)])
        try JSONValue.object(settings).serialized().write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// A `pdftotext` of our own, alone on the path.
    private func install(_ script: String, _ home: TemporaryHome) throws -> [String: String] {
        try home.write("#!/bin/sh\n\(script)\n", to: "../bin/pdftotext")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: "\(home.root)/bin/pdftotext")
        return ["PATH": "\(home.root)/bin"]
    }

    @Test(arguments: ProviderKind.allCases)
    func anImageReachesTheModelAlsoWhenTheSessionGoesOnAndInACopy(kind: ProviderKind) async throws {
        try await withStage(kind, [Self.read("dot.png"), .text("red"), .text("still red"), .text("red there too")]) { stage in
            try write(Self.png, to: "dot.png", stage.home)
            let first = try await stage.apus("exec", "-o", "stream-json", "what is it?")
            #expect(first.status == .exited(0), "\(first.everything)")
            let value = try first.lines().ofType("tool_result").first?["value"]?.stringValue
            #expect(value?.hasSuffix("/dot.png is a PNG image of 1 × 1 pixels, 69 bytes.") == true, "\(value ?? "")")
            let session = try first.session()
            // The bytes are in one place only.
            #expect(!first.text.contains(Self.png))
            #expect(try await !stage.show(session).text.contains(Self.png))
            try FileManager.default.removeItem(atPath: "\(stage.home.work)/dot.png")
            for option in ["-s", "--fork"] {
                let next = try await stage.apus("exec", option, session, "and now?")
                #expect(next.status == .exited(0), "\(next.everything)")
            }
            let requests = stage.server.modelRequests
            try #require(requests.count == 4)
            #expect(!requests[0].tells(Self.png))
            for request in requests[1...] { #expect(request.tells("1 × 1 pixels", Self.png)) }
            let blobs = try FileManager.default.subpathsOfDirectory(atPath: "\(stage.home.apus)/blobs").filter { $0.count > 60 }
            #expect(blobs.count == 1)
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func aModelWithoutImagesIsTold(kind: ProviderKind) async throws {
        try await withStage(kind, [Self.read("dot.png"), .text("a pity")]) { stage in
            try write(Self.png, to: "dot.png", stage.home)
            try configure(stage.home, ["noImageSupport": true])
            let outcome = try await stage.apus("exec", "what is it?")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells("[image dot.png omitted: model custom:scripted takes no images]"))
            #expect(!last.tells(Self.png))
        }
    }

    @Test func anImageThatIsGoneIsASentence() async throws {
        try await withStage(.anthropic, [Self.read("dot.png"), .text("red"), .text("it was red")]) { stage in
            try write(Self.png, to: "dot.png", stage.home)
            let session = try await stage.apus("exec", "-o", "json", "what is it?").session()
            try FileManager.default.removeItem(atPath: "\(stage.home.apus)/blobs")
            let outcome = try await stage.apus("exec", "-s", session, "and now?")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("[image dot.png omitted: its bytes are not stored any more]") == true)
        }
    }

    @Test(arguments: ProviderKind.allCases)
    func theTextOfADocumentGoesToModelsThatTakeNone(kind: ProviderKind) async throws {
        try await withStage(kind, [Self.read("hello.pdf"), .text("hello")]) { stage in
            try stage.home.write(Self.pdf, to: "hello.pdf")
            let environment = try install(#"printf 'Hello from the program\f'"#, stage.home)
            let outcome = try await stage.apus("exec", "what does it say?", environment: environment)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let last = try #require(stage.server.modelRequests.last)
            #expect(
                last.tells(
                    "is a PDF document of 1 page, ", "[document hello.pdf as text: model custom:scripted takes no PDF documents]",
                    "Hello from the program"))
            #expect(!last.tells("JVBERi0xLjQK"))
        }
    }

    @Test func aModelThatTakesDocumentsGetsTheDocument() async throws {
        try await withStage(.anthropic, [Self.read("hello.pdf"), .text("hello")]) { stage in
            try stage.home.write(Self.pdf, to: "hello.pdf")
            try configure(stage.home, ["model": "claude-sonnet-4-6"])
            let environment = try install("exec /bin/false", stage.home).merging(["PATH": "/nowhere"]) { $1 }
            let outcome = try await stage.apus("exec", "what does it say?", environment: environment)
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let last = try #require(stage.server.modelRequests.last)
            #expect(last.tells(#""type":"document""#, #""media_type":"application/pdf""#, "JVBERi0xLjQK"))
            #expect(!last.tells("pdftotext"))
        }
    }

    @Test func withoutTheProgramAModelIsToldHowToGetIt() async throws {
        try await withStage(.chatCompletions, [Self.read("hello.pdf"), .text("hello")]) { stage in
            try stage.home.write(Self.pdf, to: "hello.pdf")
            _ = try await stage.apus("exec", "what does it say?", environment: ["PATH": "/nowhere"])
            #expect(
                stage.server.modelRequests.last?.tells("there is no pdftotext here. Install it: apt-get install poppler-utils on Debian")
                    == true)
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/pdftotext"), "needs pdftotext"))
    func theRealProgramReadsADocument() async throws {
        try await withStage(.chatCompletions, [Self.read("hello.pdf"), .text("hello")]) { stage in
            try stage.home.write(Self.pdf, to: "hello.pdf")
            let outcome = try await stage.apus("exec", "what does it say?")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(stage.server.modelRequests.last?.tells("takes no PDF documents]", "Hello from page") == true)
        }
    }
}
