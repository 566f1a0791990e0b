import ApusBase
import ApusCore
import DroidWire

/// What makes a new session out of one (`droid.md` §3.2). The copies belong to nobody until they are loaded.
extension DroidConnection {
    func fork(_ call: DroidCall<ForkSessionParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidNewSession {
        let session = try session(call.sessionId)
        if let tags = call.params.tags { try DroidWish.check(tags) }
        do throws(SessionError) {
            let copy = try await services.sessions.fork(session)
            if let title = call.params.title { try await services.maintenance.rename(copy, to: title) }
            if let tags = call.params.tags {
                var settings = try await services.sessions.open(copy).settings
                settings.labels = tags.map(\.label)
                try await services.sessions.change(copy, settings: settings)
            }
            await services.maintenance.retire(copy)
            return DroidNewSession(newSessionId: copy.rawValue)
        } catch {
            throw failure(error, of: session)
        }
    }

    /// A turn that began meanwhile tells its own end.
    private func tellIdle(_ session: SessionID) async {
        // A session that cannot be looked at any more has nobody to tell.
        guard let state = try? await opened(session), state.running == nil, state.queue.isEmpty else { return }
        await tell(.idle, session)
    }

    /// Takes as long as the model needs for its summary; meanwhile the client that asked sees the state for that.
    func compact(_ call: DroidCall<CompactSessionParams>, _ client: ClientIdentity) async throws(DroidFailure) -> CompactSessionResult {
        let session = try session(call.sessionId)
        try DroidWish.check(call.params.customInstructions ?? "", "customInstructions", atMost: ByteLimit.systemPromptBytes)
        let state = try await opened(session)
        let tells = view(session) != nil && state.running == nil
        if tells { await tell(.compactingConversation, session) }
        let result: (copy: SessionID, compaction: Compaction)
        do throws(MaintenanceError) {
            result = try await services.maintenance.compact(session, instructions: call.params.customInstructions)
        } catch {
            if tells { await tellIdle(session) }
            throw failure(error, of: session)
        }
        if tells { await tellIdle(session) }
        await services.maintenance.retire(result.copy)
        return CompactSessionResult(newSessionId: result.copy.rawValue, removedCount: result.compaction.removed)
    }

    private func tell(_ working: DroidWorkingState, _ session: SessionID) async {
        await notify(session, .droidWorkingStateChanged(WorkingStateChanged(newState: working)))
    }

    func rewindInfo(_ call: DroidCall<GetRewindInfoParams>, _ client: ClientIdentity) async throws(DroidFailure) -> GetRewindInfoResult {
        let session = try session(call.params.sessionId)
        _ = try await opened(session)
        let plan: RewindPlan
        do throws(MaintenanceError) {
            plan = try await services.maintenance.rewindPlan(in: session, before: MessageID(call.params.messageId))
        } catch {
            throw failure(error, of: session)
        }
        return GetRewindInfoResult(
            availableFiles: plan.available.map {
                DroidFileSnapshot(filePath: $0.path, contentHash: $0.content ?? "", size: $0.size)
            },
            createdFiles: plan.created.map { DroidCreatedFile(filePath: $0) },
            evictedFiles: plan.lost.map { DroidEvictedFile(filePath: $0.path, reason: $0.obstacle ?? "not kept") })
    }

    func rewind(_ call: DroidCall<ExecuteRewindParams>, _ client: ClientIdentity) async throws(DroidFailure) -> ExecuteRewindResult {
        let session = try session(call.params.sessionId)
        _ = try await opened(session)
        let choice = RewindChoice(
            restore: call.params.filesToRestore.map(\.filePath), delete: call.params.filesToDelete.map(\.filePath))
        let result: RewindResult
        do throws(MaintenanceError) {
            result = try await services.maintenance.rewind(
                session, before: MessageID(call.params.messageId), choice, title: call.params.forkTitle)
        } catch {
            throw failure(error, of: session)
        }
        await services.maintenance.retire(result.copy)
        return ExecuteRewindResult(
            newSessionId: result.copy.rawValue, restoredCount: result.restored, deletedCount: result.deleted,
            failedRestoreCount: result.failedToRestore, failedDeleteCount: result.failedToDelete)
    }

    func failure(_ error: MaintenanceError, of session: SessionID) -> DroidFailure {
        switch error {
        case .session(let error): failure(error, of: session)
        case .unknownMessage(let message):
            DroidFailure(.entityNotFound, "\(error)", data: ["messageId": .string(message.rawValue)])
        case .notInPlan: DroidFailure(.invalidParams, "\(error)")
        case .busy, .compacting, .nothingToCompact, .refused: DroidFailure(.invalidRequest, "\(error)")
        case .model: DroidFailure(.internalError, "\(error)")
        }
    }
}
