import ApusCore
import GRDB

/// The writing thread: takes what all sessions of this process handed over and makes it durable, in order, as much at a time as
/// has come together while it worked. It never waits in order to have more.
///
/// One tick, for each session: numbers are given; deltas before the first fact go to the journal (one `write` for all sessions)
/// and are shown; then one transaction stores the facts, and before them every delta that is only in the journal; the facts are
/// shown and their callers told; deltas behind the last fact go to the journal and are shown. When no fact comes, deltas are
/// folded into rows after 50 ms or 64 KiB.
final class GroupCommit {
    let db: GRDB.Database
    let setting: StoreSetting
    private let inbox: Inbox
    let checkpoints: Checkpoints
    var progress: [Int64: SessionProgress] = [:]
    /// Made with the first session.
    var journal: TailJournal?
    /// Sessions with something in this tick.
    var touched: [SessionProgress] = []
    var records = ByteWriter()
    private(set) var now: Timestamp = 0
    /// Closed, and still ours by their rows.
    var unreleased: [SessionProgress] = []
    /// Bytes of the journal whose deltas are in no row yet, over all sessions.
    var unfoldedBytes = 0
    /// When the oldest of them must be in a row, by the monotonic clock.
    var foldDeadline: Int64?
    /// After a failure only the clock asks for another fold.
    var hasFoldFailed = false
    var isEnding = false
    /// Called by the thread as its last word.
    var farewell: @Sendable () -> Void = {}

    init(_ db: GRDB.Database, setting: StoreSetting, inbox: Inbox, checkpoints: Checkpoints) {
        self.db = db
        self.setting = setting
        self.inbox = inbox
        self.checkpoints = checkpoints
    }

    /// Works until ``end()`` or ``abandon()``. Takes the whole thread.
    func run() {
        var batch: [InboxEntry] = []
        while !isEnding {
            inbox.take(into: &batch, before: foldDeadline)
            work(through: batch)
            batch.removeAll(keepingCapacity: true)
        }
        inbox.close()
        inbox.take(into: &batch, before: nil)
        for entry in batch { GroupCommit.refuse(entry) }
    }

    private func work(through batch: [InboxEntry]) {
        now = setting.time.now
        for entry in batch {
            if isEnding {
                GroupCommit.refuse(entry)
                continue
            }
            switch entry {
            case .delta(let session, let delta): accept(delta, session)
            case .facts(let session, let facts, let reply): accept(facts, session, reply)
            case .snapshot(let session, let number, let payload, let reply): accept(snapshot: payload, at: number, session, reply)
            case .job(let work):
                flush()
                work(self)
            }
        }
        flush()
    }

    private static func refuse(_ entry: InboxEntry) {
        switch entry {
        case .delta: break
        case .facts(_, _, let reply): reply.resume(returning: .failure(.closed))
        case .snapshot(_, _, _, let reply): reply.resume(returning: .failure(.closed))
        case .job(let work): work(nil)
        }
    }
}

// MARK: - Taking in

extension GroupCommit {
    private func accept(_ delta: Delta, _ session: OwnedSession) {
        // A session that was closed or lost shows nothing more.
        guard let place = place(of: session), place.loss == nil else { return }
        if unfoldedBytes > StoreLimit.unfoldedBytes {
            place.loss = .store(
                "Over \(StoreLimit.unfoldedBytes >> 20) MiB of text wait for the session store \(setting.path), which takes nothing.")
            return
        }
        do {
            place.add(Event(number: try number(place), time: now, kind: .delta(delta)))
            touch(place)
        } catch {
            place.loss = error
        }
    }

    private func accept(_ facts: [EncodedFact], _ session: OwnedSession, _ reply: InboxEntry.Reply<EventNumber>) {
        guard let place = place(of: session) else { return reply.resume(returning: .failure(.fenced(session.id))) }
        if let loss = place.loss {
            place.loss = nil
            return reply.resume(returning: .failure(loss))
        }
        do {
            var numbered: [(event: Event, payload: String)] = []
            numbered.reserveCapacity(facts.count)
            for fact in facts { numbered.append((Event(number: try number(place), time: now, kind: fact.kind), fact.payload)) }
            place.add(.facts(numbered, reply))
            touch(place)
        } catch {
            reply.resume(returning: .failure(error))
        }
    }

    private func accept(snapshot payload: String, at number: EventNumber, _ session: OwnedSession, _ reply: InboxEntry.Reply<Void>) {
        guard let place = place(of: session) else { return reply.resume(returning: .failure(.fenced(session.id))) }
        guard number <= place.given else {
            let sentence = "A snapshot of session \(session.id) at event \(number) is ahead of its log, which ends at \(place.given)."
            return reply.resume(returning: .failure(.store(sentence)))
        }
        place.add(.snapshot(number, payload, reply))
        touch(place)
    }

    private func place(of session: OwnedSession) -> SessionProgress? {
        guard let place = progress[session.key], place.session === session else { return nil }
        return place
    }

    private func touch(_ place: SessionProgress) {
        guard !place.isTouched else { return }
        place.isTouched = true
        touched.append(place)
    }

    /// The next number; commits another block first when the last is used up.
    private func number(_ place: SessionProgress) throws(EventLogError) -> EventNumber {
        if let number = place.block.take() {
            place.given = number
            return number
        }
        let reserved = place.block.extended
        try transaction { db in
            guard try Records.advance(place.session.key, epoch: place.session.epoch, head: 0, reserved: reserved, updatedAt: nil, in: db)
            else { throw EventLogError.fenced(place.session.id) }
        }
        place.block.extend(to: reserved)
        guard let number = place.block.take() else { preconditionFailure("A block that was just extended has a number") }
        place.given = number
        return number
    }
}
