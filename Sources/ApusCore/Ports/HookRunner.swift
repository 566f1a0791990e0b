/// Commands that people want run around turns and calls (`droid-exec.md` §5.10).
///
/// Which there are for a session is settled when it is first asked about; changes of the files hold for later sessions.
package protocol HookRunner: Sendable {
    /// What there is to run; `nil` when there is nothing, which costs next to nothing. Runs nothing.
    func plan(for occasion: HookOccasion, in context: HookContext) async -> HookPlan?

    /// Runs the commands of a plan side by side, and returns when all have ended with everything they started. A command takes no longer
    /// than its own time and `limit`, whichever is less, and a few seconds to end. Cancelling the task ends them. One result for each command,
    /// in the plan's order; that a command cannot be run is a result.
    func run(_ plan: HookPlan, within limit: Duration?) async -> [HookResult]

    /// The session is given up: the next time it is asked about, its hooks are looked up anew.
    func forget(_ session: SessionID) async
}

package struct NoHooks: HookRunner {
    package init() {}
    package func plan(for occasion: HookOccasion, in context: HookContext) async -> HookPlan? { nil }
    package func run(_ plan: HookPlan, within limit: Duration?) async -> [HookResult] { [] }
    package func forget(_ session: SessionID) async {}
}
