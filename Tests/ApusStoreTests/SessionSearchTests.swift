import ApusBase
import ApusCore
import Foundation
import GRDB
import Testing

@testable import ApusStore

@Suite struct SessionSearchTests {
    private let home = TemporaryHome()

    private func birth(_ id: SessionID, in directory: String = "/project", labels: [SessionLabel] = []) -> EventKind {
        .sessionCreated(SessionHeader(id: id, createdAt: 5, workingDirectory: directory), SessionSettings(labels: labels))
    }

    private func item(_ content: ItemContent, _ message: MessageID = "m") -> EventKind {
        .itemFinished(Item(id: "i", message: message, content: content))
    }

    @discardableResult
    private func make(_ log: SQLiteEventLog, _ id: SessionID, _ facts: [EventKind]) async throws -> any SessionWriter {
        let writer = try await log.create(id) { _ in }
        _ = try await writer.commit([birth(id)] + facts)
        return writer
    }

    private func say(_ text: String) -> EventKind { .userMessage("m", "t", text) }

    private func found(_ log: SQLiteEventLog, _ text: String) async throws -> Set<SessionID> {
        Set(try await log.search(SessionQuery(text: text)).map(\.summary.header.id))
    }

    // MARK: Lists

    @Test func theListComesInPagesNewestFirst() async throws {
        let log = try home.open()
        for number in 1...5 { try await make(log, SessionID("s\(number)"), [say("x")]) }
        let first = try await log.list(SessionFilter(limit: 2))
        #expect(first.sessions.map(\.summary.header.id) == ["s5", "s4"] && first.hasMore)
        let second = try await log.list(SessionFilter(limit: 3, before: first.sessions[1].summary.updatedAt))
        #expect(second.sessions.map(\.summary.header.id) == ["s3", "s2", "s1"] && !second.hasMore)
        #expect(try await log.list(SessionFilter(limit: 0)).sessions.count == 1)
        #expect(try await log.list(SessionFilter(workingDirectory: "/elsewhere")).sessions == [])
        #expect(try await log.list(SessionFilter(limit: 9, workingDirectory: "/project")).sessions.count == 5)
        #expect(first.sessions[0].summary.ownerProcess == getpid())
        await log.close()
    }

    /// The cursor is a time: what shares it with the end of a page must not fall between two pages.
    @Test func sessionsOfOneMillisecondComeOnOnePage() async throws {
        let log = try home.open()
        for number in 1...5 { try await make(log, SessionID("s\(number)"), [say("x")]) }
        await log.close()
        let database = try DatabaseQueue(path: home.database)
        try await database.write { try $0.execute(sql: "UPDATE sessions SET updated_at = iif(id = 's1', 6, iif(id = 's5', 8, 7))") }
        let again = try home.open()
        let first = try await again.list(SessionFilter(limit: 2))
        #expect(first.sessions.map(\.summary.header.id) == ["s5", "s4", "s3", "s2"] && first.hasMore)
        let second = try await again.list(SessionFilter(limit: 2, before: 7))
        #expect(second.sessions.map(\.summary.header.id) == ["s1"] && !second.hasMore)
        #expect(try await again.list(SessionFilter(limit: 1, before: 7)).hasMore == false)
        await again.close()
    }

    @Test func anEntryHasMessagesLabelsAndArchiving() async throws {
        let log = try home.open()
        let labels = [SessionLabel(name: "nightly", metadata: ["a\u{0}": "b"])]
        let writer = try await make(log, "s", [])
        _ = try await writer.commit([
            .settingsChanged(SessionSettings(labels: labels)), say("hi"), .responseStarted("r", "t"), .sessionArchived(at: 77),
        ])
        #expect(try await log.list(SessionFilter()).sessions == [])
        let all = try await log.list(SessionFilter(includesArchived: true)).sessions
        #expect(all.map(\.messageCount) == [2] && all.map(\.archivedAt) == [77] && all.map(\.labels) == [labels])
        _ = try await writer.commit([.sessionArchived(at: nil), .settingsChanged(SessionSettings())])
        let shown = try await log.list(SessionFilter()).sessions
        #expect(shown.map(\.archivedAt) == [nil] && shown.map(\.labels) == [[]])
        try await log.copy("s", to: "t", upTo: 4)
        let copies = try await log.list(SessionFilter()).sessions.filter { $0.summary.header.id == "t" }
        #expect(copies.map(\.messageCount) == [2] && copies.map(\.labels) == [labels], "a copy is described as it was")
        await log.close()
    }

    /// A store of the version before lists had columns of their own.
    @Test func sessionsOfAnOlderStoreAreDescribedAndFound() async throws {
        let labels = [SessionLabel(name: "old")]
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        _ = try await writer.commit([birth("s", labels: labels), say("an old word"), .responseStarted("r", "t")])
        await log.close()
        let queue = try DatabaseQueue(path: home.database)
        try await queue.writeWithoutTransaction { db in
            try db.execute(
                sql: """
                    DROP INDEX listed_by_time; DROP INDEX listed_by_directory; DROP INDEX archived_by_time;
                    DROP INDEX archived_by_directory; DROP INDEX called_by_time; DROP INDEX unsearched_by_time;
                    DROP TRIGGER document_removed; DROP TABLE search; DROP TABLE documents;
                    ALTER TABLE sessions DROP COLUMN caller; ALTER TABLE sessions DROP COLUMN indexed;
                    ALTER TABLE sessions DROP COLUMN labels;
                    ALTER TABLE sessions DROP COLUMN message_count; ALTER TABLE sessions DROP COLUMN archived_at;
                    PRAGMA user_version = 1;
                    """)
        }
        try queue.close()
        let again = try home.open()
        let listed = try await again.list(SessionFilter()).sessions
        #expect(listed.map(\.messageCount) == [2] && listed.map(\.labels) == [labels])
        #expect(try await found(again, "old") == ["s"])
        await again.close()
    }

    // MARK: Search

    @Test func everythingSaidAndDoneIsFoundWithItsKind() async throws {
        let log = try home.open()
        let call = ToolCall(id: "c1", name: "Execute", input: ["command": "make zebra", "list": ["quagga", 7]])
        try await make(
            log, "s",
            [
                .userMessage("m1", "t", "please find the okapi"), item(.text("the giraffe answered"), "m2"),
                item(.reasoning("a hidden lion", nil), "m2"), item(.toolCall(call), "m2"),
                .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "built the gnu")),
            ])
        func hit(_ word: String) async throws -> [SessionMatch.Hit] {
            try await log.search(SessionQuery(text: word)).flatMap(\.hits)
        }
        #expect(
            try await hit("OKAPI") == [.init(document: "m1", kind: .message, role: .user, snippets: ["please find the okapi"])])
        #expect(try await hit("giraffe").map(\.role) == [.assistant])
        #expect(
            try await hit("quagga") == [
                .init(
                    document: "c1", kind: .toolUse, role: .assistant, tool: "Execute",
                    snippets: ["Execute command: make zebra list: quagga 7"])
            ])
        #expect(
            try await hit("gnu") == [.init(document: "c1", kind: .toolResult, role: .tool, tool: "Execute", snippets: ["built the gnu"])])
        #expect(try await hit("lion") == [], "reasoning is not searched")
        #expect(try await log.search(SessionQuery(text: "okapi", kinds: [.toolUse, .toolResult])) == [])
        #expect(try await log.search(SessionQuery(text: "gnu", kinds: [.toolResult])).map(\.total) == [1])
        #expect(try await hit("okapi giraffe") == [], "all words must be in one message")
        await log.close()
    }

    @Test func whatComesLaterIsFoundLaterAndNothingTwice() async throws {
        let log = try home.open()
        let writer = try await make(log, "s", [say("first okapi")])
        #expect(try await found(log, "okapi") == ["s"])
        await writer.show(delta("second okapi"))
        _ = try await writer.commit([say("third okapi")])
        for _ in 0..<3 { #expect(try await log.search(SessionQuery(text: "okapi")).map(\.total) == [2]) }
        #expect(try await log.search(SessionQuery(text: "okapi", hitsPerSession: 1)).map(\.hits.count) == [1])
        try await log.copy("s", to: "t")
        #expect(try await found(log, "third") == ["s", "t"])
        await log.close()
    }

    /// More than one chunk, and the name of the tool in an earlier one.
    @Test func longSessionsAreReadPieceByPiece() async throws {
        let log = try home.open()
        let big = String(repeating: "filler ", count: StoreLimit.searchChunkBytes / 20)
        let call = ToolCall(id: "c1", name: "Read", input: [:])
        try await make(
            log, "s",
            [item(.toolCall(call))] + (0..<6).map { _ in say(big) } + [
                .toolFinished(ToolOutcome(call: "c1", status: .succeeded, text: "needle"))
            ])
        let hits = try await log.search(SessionQuery(text: "needle")).flatMap(\.hits)
        #expect(hits.map(\.tool) == ["Read"])
        #expect(try await log.search(SessionQuery(text: "filler")).map(\.total) == [6])
        let snippets = try await log.search(SessionQuery(text: "filler", contextCharacters: 20)).flatMap(\.hits).flatMap(\.snippets)
        #expect(snippets.count == 3 && snippets.allSatisfy { $0.contains("filler") && $0.count <= 64 })
        await log.close()
    }

    @Test(arguments: [
        "\"", "'", "*", "okapi*", "(", "okapi)", "AND", "OR okapi", "NEAR(okapi)", "body:okapi", "-okapi", "^okapi", "okapi\u{0}", "\u{0}",
        "{okapi}", "ok\"api", "\"okapi\" \"", "ʹ", "٣", "½", "日本", "e\u{301}", "\u{E000}", String(repeating: "okapi ", count: 10_000),
        "--; DROP TABLE search",
    ])
    func noCharacterOfAQueryMeansAnything(text: String) async throws {
        let log = try home.open()
        try await make(log, "s", [say("the okapi and or near NEAR 日本 é body"), say("drop table search")])
        _ = try await log.search(SessionQuery(text: text))
        #expect(try await found(log, "okapi") == ["s"])
        await log.close()
    }

    @Test(arguments: [("café", "cafe"), ("CAFÉ", "café"), ("foo.bar(baz)", "foo bar"), ("foo.bar(baz)", "foo.bar"), ("日本 語", "日本")])
    func wordsAreFoundWhateverTheirCaseAndMarks(text: String, query: String) async throws {
        let log = try home.open()
        try await make(log, "s", [say(text)])
        #expect(try await found(log, query) == ["s"])
        await log.close()
    }

    @Test(arguments: ["", "  \n", "***", "\""]) func aQueryWithoutWordsFindsNothing(text: String) async throws {
        let log = try home.open()
        try await make(log, "s", [say("*** \" words")])
        #expect(try await log.search(SessionQuery(text: text)) == [])
        await log.close()
    }

    @Test func aHugeWordIsCutAroundTheHit() async throws {
        let log = try home.open()
        let noise = String(repeating: "x", count: 30_000)
        try await make(log, "s", [say("\(noise) okapi \(noise)"), say(String(repeating: "\u{0}", count: 100)), say("")])
        let snippets = try await log.search(SessionQuery(text: "okapi", contextCharacters: 40)).flatMap(\.hits).flatMap(\.snippets)
        #expect(snippets.count == 1 && snippets.allSatisfy { $0.contains("okapi") && $0.count <= 124 })
        await log.close()
    }

    @Test func limitsHoldAndTheBestSessionComesFirst() async throws {
        let log = try home.open()
        try await make(log, "weak", [say("okapi among " + String(repeating: "many other words ", count: 50))])
        try await make(log, "strong", [say("okapi okapi okapi")])
        #expect(try await log.search(SessionQuery(text: "okapi")).map(\.summary.header.id) == ["strong", "weak"])
        #expect(try await log.search(SessionQuery(text: "okapi", sessionLimit: 1)).map(\.summary.header.id) == ["strong"])
        await log.close()
    }

    /// Two processes bring the same search up to date.
    @Test func twoLogsOfOneHomeFindTheSameOnce() async throws {
        let log = try home.open(.gone(1))
        let other = try home.open(.gone(2))
        let writer = try await make(log, "s", (0..<40).map { say("okapi \($0)") })
        try await withThrowingTaskGroup(of: [Int].self) { group in
            for each in [log, other, log, other] {
                group.addTask { try await each.search(SessionQuery(text: "okapi")).map(\.total) }
            }
            for try await totals in group { #expect(totals == [40]) }
        }
        #expect(try await other.search(SessionQuery(text: "okapi")).map(\.total) == [40])
        await writer.close()
        await other.close()
        await log.close()
    }
}
