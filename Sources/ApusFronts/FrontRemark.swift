/// What a person should know who looks after the daemon. No secret is in it.
package enum FrontRemark: Hashable, Sendable {
    /// A sentence, for whoever looks for the reason of something.
    case note(String)
    /// What should not happen: a client was told "Internal server error", or something was left undone. A sentence with everything.
    case failed(String)
    /// Somebody showed a key that is none of this daemon's: the first eight hexadecimal digits of its SHA-256, and where it came from.
    case keyRefused(digest: String, peer: String)
}
