/// Large bytes by their SHA-256, stored once and counted: they stay as long as somebody uses them.
///
/// One use belongs to each fact that names the bytes (``EventKind/keptBlobs``). `put` comes before the commit of that fact, and copying
/// a session counts the uses of all facts it copies, in the same transaction. Whoever dies between `put` and commit leaves a use too many:
/// bytes may stay longer than needed, and are never gone while a fact names them.
package protocol BlobStore: Sendable {
    /// Stores bytes and counts one use. Returns their SHA-256 in hex. Throws `.store` when they are over `ByteLimit.blobBytes`, or the
    /// disk fails; then nothing is counted.
    func put(_ bytes: [UInt8]) async throws(EventLogError) -> String

    /// `nil` when nobody uses them. Throws `.store` when the file is gone or has other bytes than its name promises.
    func get(_ hash: String) async throws(EventLogError) -> [UInt8]?

    /// Takes one use back; the last one removes the bytes. A hash that nobody uses is left alone.
    func release(_ hash: String) async throws(EventLogError)
}
