import ApusBase
import ApusTestServer
import Foundation
import Testing

/// A model that does not stop talking: 100 MB of text, of which one response may hold so much and no more.
@Suite(.serialized) struct HeavyResponseTests {
    private static let bytes = 100_000_000
    private static let sentence = "All work and no play makes Jack a dull boy. "

    /// Far below the length of the response; a run of the usual kind takes some 50.
    private static let maximumPeakMiB = 192

    @Test(arguments: [
        (ProviderKind.anthropic, 500_000), (.chatCompletions, 500_000), (.responses, 500_000), (.chatCompletions, 256),
    ])
    func aResponseIsEndedAtItsLimitInBoundedMemoryAndKept(kind: ProviderKind, size: Int) async throws {
        let piece = String(repeating: Self.sentence, count: size / Self.sentence.utf8.count + 1)
        let shape = StreamShape(eventsPerWrite: max(1, 16_384 / size))
        let flood = Reply.text(.repeated(piece, times: Self.bytes / piece.utf8.count), shape: shape)
        try await withStage(kind, [flood]) { stage in
            let (outcome, peak) = try await stage.measured("exec", "-o", "json", "tell me everything")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(peak < Self.maximumPeakMiB)
            let result = try outcome.result()
            #expect(
                result["result"]?.stringValue?.hasSuffix(
                    "sent more than 8 MiB in one answer, which was ended there; the session keeps what came before. Ask for less at a time, "
                        + "or let it write long texts to files in parts.") == true, "\(outcome.everything)")
            #expect(result["stop_reason"] == "provider_error")
            #expect(stage.server.modelRequests.count == 1, "the same again would be no shorter")

            // Taken apart as bytes: to parse so much takes long in a debug build.
            let shown = Data(try await stage.show(try outcome.session()).stdout)
            #expect((ByteLimit.responseBytes - 1_000..<ByteLimit.responseBytes + 10_000).contains(shown.count))
            #expect(shown.range(of: Data(piece.utf8)) != nil)
            #expect(shown.range(of: Data("\"interrupted\":true".utf8)) != nil)
        }
    }

    @Test func theSessionGoesOnWithAShortenedText() async throws {
        let flood = Reply.text("BEGIN ", .repeated(String(repeating: Self.sentence, count: 1_000), times: 1_000))
        try await withStage(.chatCompletions, [flood, .text("shorter now")]) { stage in
            let first = try await stage.apus("exec", "-o", "json", "tell me everything")
            #expect(first.status == .exited(1), "\(first.diagnostics)")
            let second = try await stage.apus("exec", "-s", try first.session(), "in short")
            #expect(second.text == "shorter now\n", "\(second.everything)")
            let request = Data(try #require(stage.server.modelRequests.last).bodyBytes)
            #expect(request.count < 400_000)
            for part in ["BEGIN All work", "characters omitted …]", "in short"] { #expect(request.range(of: Data(part.utf8)) != nil) }
        }
    }
}
