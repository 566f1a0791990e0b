import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite struct MemorySearchTests {
    @Test func theMemoryLogListsAndFindsAsTheDurableOneDoes() async throws {
        let time = ManualTime()
        let log = MemoryEventLog(time: time)
        for id in ["a", "b", "c"] as [SessionID] {
            time.advance(by: .seconds(1))
            let writer = try await log.create(id) { _ in }
            _ = try await writer.commit([
                .sessionCreated(SessionHeader(id: id, createdAt: 1, workingDirectory: "/\(id)"), SessionSettings()),
                .userMessage(MessageID("m-\(id)"), "t", "Find the Okapi of \(id)"), .responseStarted("r", "t"),
                .itemFinished(Item(id: "i", message: "r", content: .toolCall(ToolCall(id: "k", name: "Read", input: ["file": "zoo"])))),
                .toolFinished(ToolOutcome(call: "k", status: .succeeded, text: "a gnu")),
            ])
            if id == "b" { _ = try await writer.commit([.sessionArchived(at: 9)]) }
        }
        let page = try await log.list(SessionFilter(limit: 1))
        #expect(page.sessions.map(\.summary.header.id) == ["c"] && page.hasMore && page.sessions[0].messageCount == 2)
        #expect(
            try await log.list(SessionFilter(before: page.sessions[0].summary.updatedAt, includesArchived: true)).sessions.map(
                \.summary.header.id) == ["b", "a"])
        #expect(try await log.list(SessionFilter(workingDirectory: "/a")).sessions.count == 1)
        let matches = try await log.search(SessionQuery(text: "OKAPI of a"))
        #expect(
            matches.map(\.hits) == [[.init(document: "m-a", kind: .message, role: .user, snippets: ["Find the Okapi of a"])]])
        #expect(
            try await log.search(SessionQuery(text: "gnu", kinds: [.toolResult])).flatMap(\.hits).map(\.tool) == ["Read", "Read", "Read"])
        #expect(try await log.search(SessionQuery(text: " ")) == [])
    }
}
