/// What an MCP server says about one of its tools: a claim of the server, which nobody can check.
package enum ServerClaim: String, Hashable, Sendable, CaseIterable {
    /// It changes nothing (`readOnlyHint`).
    case reads
    /// It changes things and destroys nothing (`destructiveHint` is false).
    case adds
    /// It may destroy things, or the server says nothing: the protocol takes that for the same.
    case destroys

    package init(readOnly: Bool?, destructive: Bool?) {
        self = readOnly == true ? .reads : destructive == false ? .adds : .destroys
    }

    /// The level at which such a call runs unasked (`droid-exec.md` §3.7).
    package var required: AutonomyLevel {
        switch self {
        case .reads: .low
        case .adds: .medium
        case .destroys: .high
        }
    }
}
