import ApusBase
import ApusCore
import GRDB

extension GroupCommit {
    /// Brings everything taken in so far to where it can be shown.
    func flush() {
        let isDue = foldDeadline.map { $0 <= monotonicNanoseconds() } ?? false
        guard !touched.isEmpty || isDue else { return }
        journalEarly()
        if isDue || unfoldedBytes >= StoreLimit.journalFoldBytes && !hasFoldFailed {
            commit(progress.values.filter { !$0.steps.isEmpty || $0.unfoldedBytes > 0 })
        } else {
            commit(touched.filter { !$0.steps.isEmpty })
        }
        journalLate()
        for place in touched { place.isTouched = false }
        touched.removeAll(keepingCapacity: true)
    }

    private func journalEarly() {
        let isWritten = appendRecords(of: \.early)
        for place in touched where !place.early.isEmpty {
            let pieces = place.early
            place.early = []
            if isWritten { show(pieces, of: place) } else { place.steps.insert(.pieces(pieces), at: 0) }
        }
    }

    private func journalLate() {
        let isWritten = appendRecords(of: \.late)
        for place in touched where !place.late.isEmpty {
            if isWritten {
                let pieces = place.late
                place.late = []
                show(pieces, of: place)
            } else {
                place.moveLateIntoSteps()
            }
        }
        // Rows stand in for a journal that cannot be written.
        if !isWritten { commit(touched.filter { !$0.steps.isEmpty }) }
    }

    /// One `write` for the deltas of all touched sessions. Gives `false` when the journal took none of them.
    private func appendRecords(of deltas: KeyPath<SessionProgress, [Event]>) -> Bool {
        var sizes: [(SessionProgress, Int)] = []
        for place in touched {
            let start = records.count
            for piece in place[keyPath: deltas] { TailRecord.write(piece, of: place.session.key, to: &records) }
            if records.count > start { sizes.append((place, records.count - start)) }
        }
        guard records.count > 0 else { return true }
        defer { records.removeAll() }
        do {
            try openJournal().append(records.bytes)
        } catch {
            return false
        }
        for (place, size) in sizes {
            place.unfoldedBytes += size
            unfoldedBytes += size
        }
        if foldDeadline == nil { foldDeadline = monotonicNanoseconds() + setting.foldNanoseconds }
        return true
    }

    /// The kernel has them: readers may have them too.
    private func show(_ pieces: [Event], of place: SessionProgress) {
        place.session.addPieces(pieces)
        place.session.show(pieces)
    }
}

// MARK: - The transaction

extension GroupCommit {
    private struct Stored {
        var head: EventNumber
        var reserved: EventNumber
        var bytes: Int
    }

    /// One transaction: for each session its deltas that are in the journal only, then its steps.
    func commit(_ places: [SessionProgress]) {
        guard !places.isEmpty else { return }
        var outcomes: [Stored?] = []
        do {
            try transaction { db in
                for place in places { outcomes.append(try store(place, db)) }
            }
        } catch {
            for place in places { fail(place, error) }
            hasFoldFailed = true
            if foldDeadline != nil { foldDeadline = monotonicNanoseconds() + StoreLimit.retryNanoseconds }
            return
        }
        for (place, stored) in zip(places, outcomes) {
            if let stored { finish(place, stored) } else { fence(place) }
        }
        hasFoldFailed = false
        settleJournal()
        checkpoints.committed(bytes: outcomes.reduce(0) { $0 + ($1?.bytes ?? 0) })
    }

    /// Gives `nil`, having written nothing, when another process owns the session now.
    private func store(_ place: SessionProgress, _ db: GRDB.Database) throws -> Stored? {
        let session = place.session
        var run = session.pieces
        var stored = Stored(head: run.last?.number ?? 0, reserved: place.block.isRunningLow ? place.block.extended : 0, bytes: 256)
        var hasFact = false
        for step in place.steps {
            switch step {
            case .pieces(let pieces): stored.head = pieces.last?.number ?? stored.head
            case .facts(let facts, _):
                stored.head = facts.last?.event.number ?? stored.head
                hasFact = hasFact || !facts.isEmpty
            case .snapshot: break
            }
        }
        let isOurs = try Records.advance(
            session.key, epoch: session.epoch, head: stored.head, reserved: stored.reserved, updatedAt: hasFact ? now : nil, in: db)
        guard isOurs else { return nil }
        for step in place.steps {
            switch step {
            case .pieces(let pieces): run += pieces
            case .facts(let facts, _):
                try Records.insertRuns(run, of: session.key, in: db)
                run = []
                for (event, payload) in facts {
                    try Records.insertFact(payload, number: event.number, time: event.time, of: session.key, in: db)
                    try Records.describe(session.key, by: event.kind, in: db)
                    stored.bytes += payload.utf8.count
                }
            case .snapshot(let number, let payload, _):
                try Records.saveSnapshot(payload, number: number, of: session.key, in: db)
                stored.bytes += payload.utf8.count
            }
        }
        try Records.insertRuns(run, of: session.key, in: db)
        stored.bytes += place.unfoldedBytes
        return stored
    }

    private func finish(_ place: SessionProgress, _ stored: Stored) {
        place.block.extend(to: stored.reserved)
        forgetUnfolded(place)
        place.session.stored(upTo: stored.head)
        let events = place.eventsOfSteps
        if !events.isEmpty { place.session.show(events) }
        place.finishSteps(nil)
    }

    /// Nothing of the steps was stored, so nothing of them is shown. Deltas in the journal stay there and are tried again.
    private func fail(_ place: SessionProgress, _ error: EventLogError) {
        let hasDeltas = place.steps.contains { step in
            if case .pieces = step { true } else { false }
        }
        if hasDeltas || !place.late.isEmpty { place.loss = error }
        place.late = []
        place.finishSteps(error)
    }

    /// Another process owns the session: whatever is handed over from now on is refused.
    private func fence(_ place: SessionProgress) {
        forgetUnfolded(place)
        drop(place)
        place.late = []
        place.finishSteps(.fenced(place.session.id))
    }

    private func forgetUnfolded(_ place: SessionProgress) {
        unfoldedBytes -= place.unfoldedBytes
        place.unfoldedBytes = 0
    }

    private func settleJournal() {
        guard unfoldedBytes == 0 else { return }
        foldDeadline = nil
        if let journal, journal.size > setting.journalFileBytes { journal.removeAll() }
    }

    /// Runs `body` in a transaction of its own that holds the write lock from its beginning; a throw undoes everything.
    func transaction<Value>(_ body: (GRDB.Database) throws -> Value) throws(EventLogError) -> Value {
        do {
            try beginImmediate()
            do {
                let value = try body(db)
                try db.run("COMMIT")
                return value
            } catch {
                // The first error is the one to tell; SQLite may have rolled back by itself.
                if db.isInsideTransaction { try? db.rollback() }
                throw error
            }
        } catch {
            throw .from(error, at: setting.path)
        }
    }

    /// The connection's busy handler is not asked in a few corners (recovery of the log by another process): ask again here.
    private func beginImmediate() throws {
        let deadline = monotonicNanoseconds() + StoreLimit.busyNanoseconds
        var attempt = 0
        while true {
            do {
                return try db.run("BEGIN IMMEDIATE")
            } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && monotonicNanoseconds() < deadline {
                RetryPause.sleep(after: attempt)
                attempt += 1
            }
        }
    }
}
