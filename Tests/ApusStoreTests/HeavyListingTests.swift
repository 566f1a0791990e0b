import ApusBase
import ApusCore
import Foundation
import GRDB
import GRDBSQLite
import Testing

@testable import ApusStore

/// A home with 100,000 sessions. What is asserted is how much is read, never how long it takes.
@Suite struct HeavyListingTests {
    private static let count = 100_000
    /// Half of them are archived; a hundred working directories; ten in each millisecond. Every thousandth says a rare word.
    private static let furnishing = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < \(count))
        INSERT INTO sessions (id, head, reserved, created_at, updated_at, working_directory, title, archived_at, message_count)
        SELECT printf('session-%06d', i), 1, 1, i, i / 10, '/project/' || (i % 100), 'title ' || i, iif(i % 2, i, NULL), 1 FROM n;
        INSERT INTO events (session, number, time, payload)
        SELECT key, 1, 5, '{"kind":"userMessage","message":"m","turn":"t","text":"'
            || iif(created_at % 1000 = 0, 'okapi', 'horse') || ' number ' || created_at || '"}'
        FROM sessions;
        """

    private static func withCrowd(_ body: (SQLiteEventLog) async throws -> Void) async throws {
        let home = TemporaryHome()
        let log = try home.open()
        try await log.execute(furnishing)
        try await body(log)
        await log.close()
    }

    private struct Work {
        /// Steps through a table or an index without a condition on it.
        var scanned: Int
        var sorts: Int
        /// Instructions of SQLite's machine: a row costs some tens of them.
        var steps: Int
        var rows: Int
        var plan: String
    }

    private static func work(
        _ log: SQLiteEventLog, _ sql: String, _ arguments: StatementArguments = StatementArguments()
    ) async throws -> Work {
        try await log.readers.read { db in
            let statement = try db.makeStatement(sql: sql)
            let rows = try Row.fetchAll(statement, arguments: arguments)
            func count(_ counter: Int32) -> Int { Int(sqlite3_stmt_status(statement.sqliteStatement, counter, 0)) }
            let plan = try Row.fetchAll(db, sql: "EXPLAIN QUERY PLAN " + sql, arguments: arguments).map { $0["detail"] as String }
            return Work(
                scanned: count(SQLITE_STMTSTATUS_FULLSCAN_STEP), sorts: count(SQLITE_STMTSTATUS_SORT),
                steps: count(SQLITE_STMTSTATUS_VM_STEP), rows: rows.count, plan: plan.joined(separator: "\n"))
        }
    }

    private static let places: [SessionListing.Place] = [.newest, .before(5_000), .at(5_000)]

    @Test func aPageOfAListReadsNoMoreThanItShows() async throws {
        try await Self.withCrowd { log in
            for directory in [nil, "/project/42"] {
                for includesArchived in [false, true] {
                    for place in Self.places {
                        let listing = SessionListing(workingDirectory: directory, includesArchived: includesArchived)
                        let page = listing.rows(place, limit: 101)
                        let work = try await Self.work(log, page.sql, page.arguments)
                        #expect(work.scanned <= 4 * 101 && work.steps <= 101 * 200, "\(work)")
                        // A merge of two ordered lists may sort the few rows that it is given.
                        #expect(includesArchived || work.sorts == 0, "\(work)")
                        #expect(!work.plan.contains("SCAN sessions\n") && !work.plan.hasSuffix("SCAN sessions"), "\(work)")
                        let more = listing.hasRows(place)
                        let question = try await Self.work(log, more.sql, more.arguments)
                        #expect(question.rows == 1 && question.steps <= 200, "\(question)")
                    }
                }
            }
            let last = SessionListing(workingDirectory: "/project/42", includesArchived: false).rows(.before(2), limit: 101)
            #expect(try await Self.work(log, last.sql, last.arguments).steps <= 500, "the end of a list costs no more than its beginning")
        }
    }

    @Test func pagesPutTogetherAreEverySessionOnce() async throws {
        try await Self.withCrowd { log in
            var filter = SessionFilter(limit: 100, workingDirectory: "/project/42")
            var seen: [SessionID] = []
            while true {
                let page = try await log.list(filter)
                seen += page.sessions.map(\.summary.header.id)
                guard page.hasMore, let last = page.sessions.last else { break }
                filter.before = last.summary.updatedAt
            }
            #expect(seen.count == Self.count / 100 && Set(seen).count == seen.count)
            #expect(seen.first == "session-099942" && seen.last == "session-000042")
            let all = try await log.list(SessionFilter(limit: 100, includesArchived: true))
            #expect(all.hasMore && all.sessions.first?.summary.header.id == "session-100000")
            #expect(all.sessions.contains { $0.archivedAt != nil } && all.sessions.contains { $0.archivedAt == nil })
        }
    }

    @Test func aPrefixIsLookedUpInAnIndex() async throws {
        try await Self.withCrowd { log in
            #expect(try await log.sessions(withPrefix: "session-04242", limit: 100).count == 10)
            #expect(try await log.sessions(withPrefix: "session-042420", limit: 2).map(\.title) == ["title 42420"])
            #expect(try await log.sessions(withPrefix: "", limit: 3).map(\.title) == ["title 100000", "title 99999", "title 99998"])
            let sql = Records.withPrefix
            let work = try await Self.work(log, sql, ["session-04242", "session-04242{", 2])
            #expect(work.scanned == 0 && work.steps <= 1_000 && work.rows == 2, "\(work)")
        }
    }

    @Test func theSearchFindsTheFewAndReadsOnlyWhatIsNew() async throws {
        try await Self.withCrowd { log in
            // Each search goes on with the index for ten seconds at most.
            for _ in 0..<60 where try await !Self.isSearched(log) { _ = try await log.search(SessionQuery(text: "okapi")) }
            #expect(try await Self.isSearched(log))
            let found = try await log.search(SessionQuery(text: "okapi", sessionLimit: 100))
            #expect(found.count == 100 && found.allSatisfy { $0.hits.count == 1 && $0.total == 1 })
            #expect(try await log.search(SessionQuery(text: "okapi 43000")).map(\.summary.header.id) == ["session-043000"])

            let nothing = try await Self.work(log, "\(SearchIndex.stale) LIMIT 1")
            #expect(nothing.rows == 0 && nothing.steps <= 50, "nobody is asked when nothing is new: \(nothing)")
            try await log.execute("UPDATE sessions SET head = 2, updated_at = 7 WHERE id = 'session-000500'")
            let one = try await Self.work(log, "\(SearchIndex.stale) LIMIT \(StoreLimit.searchChunkSessions)")
            #expect(one.rows == 1 && one.steps <= 100 && one.sorts == 0, "\(one)")
        }
    }

    private static func isSearched(_ log: SQLiteEventLog) async throws -> Bool {
        try await log.readers.read {
            try Bool.fetchOne($0, sql: "SELECT NOT EXISTS (SELECT 1 FROM sessions WHERE indexed < head)") ?? false
        }
    }
}
