import ApusBase
import ApusCore
import GRDB

/// Brings the search up to date, some sessions or a piece of one at a time: what they have to say is read and taken apart beside the writing
/// thread, which only stores it. Nothing of it happens before somebody searches.
enum SearchIndex {
    struct Chunk: Sendable {
        var session: Int64
        /// Everything up to here was in the search when the chunk was read.
        var after: EventNumber
        var upTo: EventNumber
        var documents: [SearchDocument] = []
    }

    private static let kinds = ["userMessage", "itemFinished", "itemInterrupted", "toolFinished"]

    /// Of which sessions the search does not have everything yet: those that were changed last come first.
    static let stale = "SELECT key, indexed, head FROM sessions WHERE indexed < head ORDER BY updated_at DESC"

    /// The next pieces, about `StoreLimit.searchChunkBytes` of them; none when everything is in the search.
    static func next(_ db: GRDB.Database) throws -> [Chunk] {
        var chunks: [Chunk] = []
        var bytes = 0
        let sessions = try Row.fetchAll(db, sql: "\(stale) LIMIT \(StoreLimit.searchChunkSessions)")
        for session in sessions where bytes < StoreLimit.searchChunkBytes {
            chunks.append(try chunk(Chunk(session: session[0], after: session[1], upTo: session[2]), &bytes, db))
        }
        return chunks
    }

    private static func chunk(_ chunk: Chunk, _ bytes: inout Int, _ db: GRDB.Database) throws -> Chunk {
        var chunk = chunk
        let sql =
            "SELECT number, payload FROM events WHERE session = ? AND number > ? AND typeof(payload) = 'text' AND ("
            + kinds.map { "payload LIKE '{\"kind\":\"\($0)\"%'" }.joined(separator: " OR ") + ") ORDER BY number"
        let rows = try Row.fetchCursor(try db.cachedStatement(sql: sql), arguments: [chunk.session, chunk.after])
        while let row = try rows.next() {
            let payload: String = row[1]
            bytes += payload.utf8.count
            // What cannot be read cannot be found either; whoever opens the session is told.
            if let document = try? SearchDocument(Records.fact(payload, row[0])) { chunk.documents.append(document) }
            if bytes >= StoreLimit.searchChunkBytes {
                chunk.upTo = row[0]
                break
            }
        }
        return chunk
    }

    /// Changes nothing when another process was there first.
    static func store(_ chunk: Chunk, in db: GRDB.Database) throws {
        try db.run("UPDATE sessions SET indexed = ? WHERE key = ? AND indexed = ?", [chunk.upTo, chunk.session, chunk.after])
        guard db.changesCount == 1 else { return }
        for document in chunk.documents {
            var tool = document.tool
            if document.kind == .toolResult {
                let call = try db.cachedStatement(
                    sql: "SELECT tool FROM documents WHERE session = ? AND name = ? AND kind = 'toolUse' ORDER BY id DESC LIMIT 1")
                tool = try String.fetchOne(call, arguments: [chunk.session, document.name])
            }
            try db.run(
                "INSERT INTO documents (session, name, kind, role, tool) VALUES (?, ?, ?, ?, ?)",
                [chunk.session, document.name, document.kind.rawValue, document.role.rawValue, tool])
            try db.run("INSERT INTO search (rowid, body) VALUES (?, ?)", [db.lastInsertedRowID, document.body])
        }
    }

    struct Found {
        var session: Int64
        var documents: [Int64]
        var total: Int
    }

    /// Sessions, best first, each with its best documents.
    static func find(_ match: String, _ query: SessionQuery, in db: GRDB.Database) throws -> [Found] {
        let kinds = (query.kinds.isEmpty ? Set(SessionQuery.Kind.allCases) : query.kinds).map { "'\($0.rawValue)'" }.sorted()
        let sql = """
            SELECT documents.id, documents.session FROM search
            JOIN documents ON documents.id = search.rowid JOIN sessions ON sessions.key = documents.session
            WHERE search MATCH ? AND documents.kind IN (\(kinds.joined(separator: ", "))) AND sessions.working_directory IS NOT NULL
            ORDER BY search.rank LIMIT \(StoreLimit.searchHits)
            """
        var found: [Found] = []
        var places: [Int64: Int] = [:]
        let rows = try Row.fetchCursor(db, sql: sql, arguments: [match])
        while let row = try rows.next() {
            let session: Int64 = row[1]
            if let place = places[session] {
                found[place].total += 1
                if found[place].documents.count < query.hitsPerSession { found[place].documents.append(row[0]) }
            } else if found.count < query.sessionLimit {
                places[session] = found.count
                found.append(Found(session: session, documents: query.hitsPerSession > 0 ? [row[0]] : [], total: 1))
            }
        }
        return found
    }

    /// The hits of these documents, in this order.
    static func hits(_ match: String, _ documents: [Int64], around characters: Int, in db: GRDB.Database) throws -> [SessionMatch.Hit] {
        let sql = """
            SELECT documents.name, documents.kind, documents.role, documents.tool,
                snippet(search, 0, '\(SearchSnippet.start)', '\(SearchSnippet.end)', '…', ?) AS snippet
            FROM search JOIN documents ON documents.id = search.rowid WHERE search MATCH ? AND search.rowid = ?
            """
        // A word of a text is about six characters.
        let words = min(max(characters / 3, 8), 64)
        let statement = try db.cachedStatement(sql: sql)
        return try documents.compactMap { id in
            guard let row = try Row.fetchOne(statement, arguments: [words, match, id]),
                let kind = SessionQuery.Kind(rawValue: row["kind"]), let role = SessionMatch.Hit.Role(rawValue: row["role"])
            else { return nil }
            return SessionMatch.Hit(
                document: row["name"], kind: kind, role: role, tool: row["tool"],
                snippets: [SearchSnippet.cut(row["snippet"], around: characters)])
        }
    }
}
