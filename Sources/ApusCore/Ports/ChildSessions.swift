/// Sessions that work for a call of another session: subagents. The engine conforms.
///
/// A child has its own log, its own tools and a level never above its parent's; it can ask nobody, and has no children. It belongs to the
/// session that began it: others do not find it here.
package protocol ChildSessions: Sendable {
    /// Makes the child, or takes up an earlier one, and submits its prompt. Returns when all of that is stored.
    func begin(_ request: ChildRequest, in parent: SessionID, for call: CallID) async throws(ChildError) -> ChildRun

    /// Waits until the run has ended. Cancelling the task ends the run, and returns when that is stored.
    func conclusion(of run: ChildRun, in parent: SessionID) async -> ChildReport

    /// The session's runs, oldest first.
    func runs(of parent: SessionID) async -> [ChildRun]

    /// How a run stands, at once when it has ended, otherwise after `patience` at the latest, or when the task is cancelled. The run goes
    /// on.
    func report(on run: ChildRun, in parent: SessionID, patience: Duration) async -> ChildReport

    /// Ends a run that goes on and returns when its end is stored; nothing to end is not an error.
    func stop(_ run: ChildRun, in parent: SessionID) async

    /// Waits for all runs of a session, and ends those that go on after `limit` (`nil`: no limit), or when the task is cancelled.
    func settle(_ parent: SessionID, within limit: Duration?) async

    /// Ends all runs of a session.
    func stopAll(in parent: SessionID) async
}

package struct ChildRequest: Hashable, Sendable {
    /// How heavy the work is: chooses the model where the droid names none (`subagentModelSettings`).
    package enum Complexity: String, Hashable, Sendable, CaseIterable {
        case light, medium, heavy
    }

    /// The name of a droid. Without effect on `resume`.
    package var kind: String
    package var summary: String
    package var prompt: String
    package var media: [Media]
    package var complexity: Complexity?
    package var isBackground: Bool
    /// The session of an earlier run, or a beginning of its id that only one has.
    package var resume: String?

    package init(
        kind: String, summary: String, prompt: String, media: [Media] = [], complexity: Complexity? = nil, isBackground: Bool = false,
        resume: String? = nil
    ) {
        self.kind = kind
        self.summary = summary
        self.prompt = prompt
        self.media = media
        self.complexity = complexity
        self.isBackground = isBackground
        self.resume = resume
    }
}

/// How a run stands, or what it came to.
package struct ChildReport: Hashable, Sendable {
    package var run: ChildRun
    /// Its last message; what there is of it while it goes on.
    package var text: String
    /// Why it ended otherwise than by itself: a sentence. Empty when it completed, or goes on.
    package var trouble: String

    package init(run: ChildRun, text: String, trouble: String = "") {
        self.run = run
        self.text = text
        self.trouble = trouble
    }
}

package enum ChildError: Error, Hashable, Sendable, CustomStringConvertible {
    /// This process has no place for subagents.
    case unavailable
    /// A subagent asked.
    case nested
    case unknownKind(String, known: [SubagentProfile])
    /// A session in spec mode asked for more than a look around.
    case planning(String)
    case unknownRun(String)
    case ambiguousRun(String)
    /// What is to be taken up goes on already.
    case running(SessionID)
    case tooMany(limit: Int)
    case session(SessionError)

    package var description: String {
        switch self {
        case .unavailable: "Subagents are not available here."
        case .nested: "A subagent cannot start subagents. Do the work yourself."
        case .unknownKind(let kind, let known):
            "There is no subagent_type \"\(kind.prefix(100))\". Known:\n" + known.map(\.line).joined(separator: "\n")
        case .planning(let kind): "Only the subagent_type \"explorer\" runs while you are planning; \"\(kind.prefix(100))\" does not."
        case .unknownRun(let id): "This session has no subagent with the id \"\(id.prefix(100))\"."
        case .ambiguousRun(let id): "Several subagents of this session have an id that begins with \"\(id.prefix(100))\": give more of it."
        case .running(let id): "The subagent \(id) is still running: wait for it with TaskOutput, or end it with TaskStop."
        case .tooMany(let limit): "\(limit) subagents of this session run already: wait until one of them has ended."
        case .session(let error): error.description
        }
    }
}

/// For where there are none.
package struct NoChildSessions: ChildSessions {
    package init() {}
    package func begin(_ request: ChildRequest, in parent: SessionID, for call: CallID) async throws(ChildError) -> ChildRun {
        throw .unavailable
    }
    package func conclusion(of run: ChildRun, in parent: SessionID) async -> ChildReport { ChildReport(run: run, text: "") }
    package func runs(of parent: SessionID) async -> [ChildRun] { [] }
    package func report(on run: ChildRun, in parent: SessionID, patience: Duration) async -> ChildReport { ChildReport(run: run, text: "") }
    package func stop(_ run: ChildRun, in parent: SessionID) async {}
    package func settle(_ parent: SessionID, within limit: Duration?) async {}
    package func stopAll(in parent: SessionID) async {}
}
