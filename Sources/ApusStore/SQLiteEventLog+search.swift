import ApusBase
package import ApusCore
import GRDB

extension SQLiteEventLog: SessionSearch {
    package func list(_ filter: SessionFilter) async throws(EventLogError) -> SessionPage {
        let limit = min(max(filter.limit, 1), 100)
        let owners = OwnerRows(me: setting.owner, journals: setting.journals)
        let listing = SessionListing(
            workingDirectory: filter.workingDirectory, includesArchived: filter.includesArchived, includesChildren: filter.includesChildren)
        return try await readers.read { db in
            func fetch(_ place: SessionListing.Place, limit: Int) throws -> [Row] {
                let statement = listing.rows(place, limit: limit)
                return try Row.fetchAll(db, sql: statement.sql, arguments: statement.arguments)
            }
            let rows = try fetch(filter.before.map { .before($0) } ?? .newest, limit: limit + 1)
            var page = Array(rows.prefix(limit))
            var hasMore = rows.count > limit
            let last: Int64? = page.last?["updated_at"]
            if hasMore, let last, rows[limit]["updated_at"] == last {
                // A page ends with all of a millisecond: the next one begins before it.
                page.removeAll { $0["updated_at"] == last }
                page += try fetch(.at(last), limit: 1_000)
                let more = listing.hasRows(.before(last))
                hasMore = try Bool.fetchOne(db, sql: more.sql, arguments: more.arguments) ?? false
            }
            var living = LivingOwners(owners)
            let sessions = page.map { row in
                ListedSession(
                    summary: living.summary(Records.listed(row)), messageCount: row["message_count"], archivedAt: row["archived_at"],
                    labels: Records.labels(row["labels"]))
            }
            return SessionPage(sessions: sessions, hasMore: hasMore)
        }
    }

    /// Brings the search up to date first, which takes long only the first time in a large home: then for ten seconds at most, and what is
    /// missing by then comes with the next search. Cancelling the task cuts that short.
    package func search(_ query: SessionQuery) async throws(EventLogError) -> [SessionMatch] {
        guard let match = SearchWords.match(query.text) else { return [] }
        var query = query
        query.sessionLimit = min(max(query.sessionLimit, 1), 100)
        query.hitsPerSession = min(max(query.hitsPerSession, 1), 20)
        query.contextCharacters = min(max(query.contextCharacters, 16), 2_000)
        try await catchUp()
        let owners = OwnerRows(me: setting.owner, journals: setting.journals)
        return try await readers.read { [query] db in
            var living = LivingOwners(owners)
            return try SearchIndex.find(match, query, in: db).compactMap { found in
                let sql = "SELECT \(Records.listColumns) FROM sessions WHERE key = ?"
                guard let row = try Row.fetchOne(db, sql: sql, arguments: [found.session]) else { return nil }
                return SessionMatch(
                    summary: living.summary(Records.listed(row)),
                    hits: try SearchIndex.hits(match, found.documents, around: query.contextCharacters, in: db), total: found.total)
            }
        }
    }

    private func catchUp() async throws(EventLogError) {
        let deadline = monotonicNanoseconds() + StoreLimit.searchIndexNanoseconds
        while !Task.isCancelled, monotonicNanoseconds() < deadline {
            let chunks = try await readers.read { try SearchIndex.next($0) }
            if chunks.isEmpty { return }
            try await inbox.perform { writer throws(EventLogError) in
                try writer.transaction { db in for chunk in chunks { try SearchIndex.store(chunk, in: db) } }
            }
        }
    }
}

/// Tells which owners still live, asking once about each.
struct LivingOwners {
    private let owners: OwnerRows
    private var isDead: [ProcessIdentity: Bool] = [:]

    init(_ owners: OwnerRows) { self.owners = owners }

    mutating func summary(_ listed: Records.ListedSession) -> SessionSummary {
        var summary = listed.summary
        if let owner = listed.owner {
            let dead = isDead[owner] ?? owners.isDead(owner)
            isDead[owner] = dead
            summary.ownerProcess = dead ? nil : owner.process
        }
        return summary
    }
}
