import ApusBase
package import ApusCore

extension Engine {
    package func rewindPlan(in session: SessionID, before message: MessageID) async throws(MaintenanceError) -> RewindPlan {
        try Rewind.plan(try await looked(session), before: message)
    }

    package func rewind(
        _ session: SessionID, before message: MessageID, _ files: RewindChoice, title: String
    ) async throws(MaintenanceError) -> RewindResult {
        let state = try await looked(session)
        if state.running != nil || !state.queue.isEmpty { throw .busy(session) }
        let plan = try Rewind.plan(state, before: message)
        let kept = Dictionary(plan.available.map { ($0.path, $0) }) { first, _ in first }
        for path in files.restore where kept[path] == nil { throw .notInPlan(path: path) }
        for path in files.delete where !plan.created.contains(path) { throw .notInPlan(path: path) }
        let end = try await end(of: session, without: state.turn(of: message))
        let title = SessionTitle.cleaned(title)
        let copy: SessionID
        do throws(SessionError) {
            copy = try await self.copy(session, upTo: end, with: title.isEmpty ? [] : [.titleChanged(title)])
        } catch {
            throw .session(error)
        }
        var result = RewindResult(copy: copy, restored: 0, deleted: 0, failedToRestore: 0, failedToDelete: 0)
        var seen: Set<String> = []
        for path in files.restore where seen.insert(path).inserted {
            if await restore(kept[path]) { result.restored += 1 } else { result.failedToRestore += 1 }
        }
        // The last one first: the file that a folder was made for goes when the folder is empty.
        let chosen = Set(files.delete)
        for path in plan.created.reversed() where chosen.contains(path) && seen.insert(path).inserted {
            let isGone = await services.files?.remove(path, folders: plan.missingFolders[path] ?? 0) ?? false
            if isGone { result.deleted += 1 } else { result.failedToDelete += 1 }
        }
        return result
    }

    func looked(_ session: SessionID) async throws(MaintenanceError) -> SessionState {
        do throws(SessionError) { return try await peek(session) } catch { throw .session(error) }
    }

    private func restore(_ snapshot: FileSnapshot?) async -> Bool {
        guard let snapshot, let hash = snapshot.content, let files = services.files else { return false }
        // Bytes that are gone, or not the ones their name promises, are a failure that is counted.
        guard let bytes = try? await services.blobs.get(hash), bytes.count == snapshot.size else { return false }
        return await files.restore(bytes, mode: snapshot.mode, to: snapshot.path)
    }

    private func end(of session: SessionID, without turn: TurnID?) async throws(MaintenanceError) -> EventNumber {
        guard let turn else { return 0 }
        var cut = Rewind.Cut(without: turn)
        var cursor: EventNumber = 0
        while !cut.isFound {
            let events: [Event]
            do throws(EventLogError) {
                events = try await services.log.events(in: session, after: cursor, limit: 4_096)
            } catch {
                throw .session(.log(error))
            }
            guard let last = events.last else { break }
            cursor = last.number
            for event in events { cut.look(at: event) }
        }
        return cut.end ?? cursor
    }
}

extension SessionState {
    /// The turn of a prompt.
    fileprivate func turn(of message: MessageID) -> TurnID? {
        for case .user(message, let turn, _, _) in transcript { return turn }
        return nil
    }
}
