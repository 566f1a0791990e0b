/// Keeps files beside the log, for readers that know nothing of it.
package protocol SessionExport: Sendable {
    /// Called when a turn has ended, and when something else about the session has changed while none runs; one call at a time for a
    /// session. Returns soon; a failure is the export's own business and never one of the session's.
    func export(_ state: SessionState) async
}
