import ApusCore

/// Whether engine and store answer. One question at a time: while an earlier one has no answer, nobody asks again.
final class QwenProbe: Sendable {
    struct Finding: Hashable {
        var sessions: Int
        var pendingPermissions: Int
    }

    private enum Answer {
        case found(Finding)
        case failed
    }

    private static let deadline = Duration.seconds(5)

    private let services: ClientServices
    /// The question that is open, if one is.
    private let open = Awaited<Awaited<Answer?>?>(nil)

    init(_ services: ClientServices) { self.services = services }

    /// `nil` when something fails, or does not answer in time.
    func look() async -> Finding? {
        let question = open.change { open -> Awaited<Answer?> in
            if let open { return open }
            let question = Awaited<Answer?>(nil)
            open = question
            // SAFETY: it ends by itself when what it asks answers, and there is one at most. Nobody may wait for it: it may never end.
            Task {
                let answer = await self.ask()
                question.change { $0 = answer }
                self.open.change { $0 = nil }
            }
            return question
        }
        return await withTaskGroup(of: Answer?.self) { group in
            group.addTask { await question.next { $0 } }
            group.addTask { [services] in
                // Cancelled when there is an answer.
                try? await services.time.sleep(for: Self.deadline)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            guard case .found(let finding)? = first else { return nil }
            return finding
        }
    }

    private func ask() async -> Answer {
        let sessions = await services.maintenance.opened()
        var pending = 0
        for session in sessions {
            pending += await services.approvals.openApprovals(in: session).count
            pending += await services.questions.openQuestions(in: session).count
        }
        do throws(EventLogError) {
            _ = try await services.search.list(SessionFilter(limit: 1))
        } catch {
            return .failed
        }
        return .found(Finding(sessions: sessions.count, pendingPermissions: pending))
    }
}
