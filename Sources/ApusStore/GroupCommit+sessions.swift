import ApusBase
import ApusCore
import GRDB

/// Work on whole sessions. Called from jobs, when everything handed over before is stored or refused.
extension GroupCommit {
    private var owners: OwnerRows { OwnerRows(me: setting.owner, journals: setting.journals) }
    private var recovery: JournalRecovery { JournalRecovery(owners: owners, store: setting.store) }

    func create(_ session: SessionID, _ show: @escaping @Sendable ([Event]) -> Void) throws(EventLogError) -> OwnedSession {
        // The lock on the journal says that we live: it comes before the first owner row.
        _ = try openJournal()
        return adopt(session, try transaction { try owners.create(session, in: $0) }, show)
    }

    func open(_ session: SessionID, _ show: @escaping @Sendable ([Event]) -> Void) throws(EventLogError) -> OwnedSession {
        _ = try openJournal()
        try giveUp(session)
        var folded: [String] = []
        let claim = try transaction { db in
            if let owner = try owners.owner(of: session, in: db) {
                guard owners.isDead(owner) else { throw EventLogError.inUse(session, process: owner.process) }
                folded = try recovery.fold(owner, in: db)
            }
            return try owners.claim(session, in: db)
        }
        for path in folded { Files.remove(path) }
        return adopt(session, claim, show)
    }

    /// Sessions of dead owners, whose journals are folded first.
    func orphans() throws(EventLogError) -> [SessionID] {
        var folded: [String] = []
        let orphans = try transaction { db in
            folded = try recovery.foldAll(in: db)
            return try owners.orphans(in: db)
        }
        for path in folded { Files.remove(path) }
        return orphans
    }

    func copy(_ source: SessionID, to target: SessionID, upTo end: EventNumber?) throws(EventLogError) {
        if let place = progress.values.first(where: { $0.session.id == source }) { try fold(place) }
        var folded: [String] = []
        try transaction { db in
            if let owner = try owners.owner(of: source, in: db), owners.isDead(owner) { folded = try recovery.fold(owner, in: db) }
            if try Records.find(target, in: db) != nil { throw EventLogError.exists(target) }
            try Records.copy(source, to: target, upTo: end, in: db)
        }
        for path in folded { Files.remove(path) }
    }

    /// Gives the session up. When that cannot be stored it stays ours until it is opened again, or this process ends; then its journal is folded.
    ///
    /// - Parameter leaving: It stays ours in any case: the next process takes it for one of a dead owner.
    func close(_ session: OwnedSession, leaving: Bool) {
        guard let place = progress[session.key], place.session === session else { return }
        do {
            try fold(place)
            if !leaving { try transaction { try owners.release(session.key, epoch: session.epoch, in: $0) } }
        } catch {
            // The row names this process: nobody else takes the session before the journal is read.
            unreleased.append(place)
        }
        drop(place)
    }

    /// Catches up on what a full disk, say, kept from being stored when the session was closed.
    private func giveUp(_ session: SessionID) throws(EventLogError) {
        guard let index = unreleased.firstIndex(where: { $0.session.id == session }) else { return }
        let place = unreleased[index]
        try fold(place)
        try transaction { try owners.release(place.session.key, epoch: place.session.epoch, in: $0) }
        unreleased.remove(at: index)
    }

    /// Stores everything, gives up all sessions and lets the thread end; `farewell` is called when the files are closed.
    func end(then farewell: @escaping @Sendable () -> Void) {
        self.farewell = farewell
        commit(progress.values.filter { $0.unfoldedBytes > 0 })
        do {
            let places = progress.values.filter { $0.unfoldedBytes == 0 }
            try transaction { db in
                for place in places { try owners.release(place.session.key, epoch: place.session.epoch, in: db) }
            }
        } catch {
            // As in `close`.
        }
        for place in progress.values { drop(place) }
        for place in unreleased {
            // As in `close`.
            try? giveUp(place.session.id)
        }
        if unfoldedBytes == 0 { journal?.removeFile() }
        journal = nil
        isEnding = true
    }

    /// Ends the thread as a killed process would: nothing is folded, given up or removed. For tests.
    func abandon(then farewell: @escaping @Sendable () -> Void) {
        self.farewell = farewell
        journal = nil
        isEnding = true
    }

    func openJournal() throws(EventLogError) -> TailJournal {
        if let journal { return journal }
        let made = try TailJournal(in: setting.journals, owner: setting.owner, store: setting.store)
        journal = made
        return made
    }

    func drop(_ place: SessionProgress) {
        progress[place.session.key] = nil
        setting.owned.remove(place.session)
    }

    private func fold(_ place: SessionProgress) throws(EventLogError) {
        guard place.unfoldedBytes > 0 else { return }
        commit([place])
        guard place.unfoldedBytes == 0 else {
            throw .store(
                "The last text of session \(place.session.id) could not be stored in \(setting.path): free some space and try again.")
        }
    }

    private func adopt(_ id: SessionID, _ claim: OwnerRows.Claim, _ show: @escaping @Sendable ([Event]) -> Void) -> OwnedSession {
        let session = OwnedSession(id: id, key: claim.key, epoch: claim.epoch, storedHead: claim.head, show: show)
        progress[claim.key] = SessionProgress(session: session, block: claim.block)
        setting.owned.add(session)
        return session
    }
}
