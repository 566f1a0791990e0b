/// What running a call twice would do; decides recovery after a crash (`docs/design.md`, effects).
package enum Effect: String, Hashable, Sendable, CaseIterable {
    /// Reads only: may run again.
    case pure
    /// The same input leaves the same state: may run again.
    case idempotent
    /// Whether it was done can be told from the files.
    case verifiable
    /// Nobody can tell: never repeated without being asked.
    case opaque
}
