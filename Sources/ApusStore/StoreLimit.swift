import ApusBase

/// The bounds of the store, in bytes unless the name says otherwise.
enum StoreLimit {
    static let textRunBytes = ByteLimit.textRunBytes
    /// Texts of deltas that are in the journal only; more are folded at once.
    static let journalFoldBytes = ByteLimit.journalFoldBytes
    /// A journal longer than this is cut to nothing once all of it is folded.
    static let journalFileBytes = 1 << 20
    /// Texts that could not be folded because the database fails; more deltas are refused.
    static let unfoldedBytes = 16 << 20
    /// Facts and deltas that the writing thread has not worked through; over it `show` waits.
    static let inboxBytes = 1 << 20
    /// Written since the last checkpoint; more asks for one.
    static let checkpointBytes = 4 << 20
    /// A write-ahead log over this is cut when it starts anew.
    static let writeAheadLogBytes = 16 << 20
    /// A write-ahead log over this is moved into the file by whoever closes, also beside others.
    static let writeAheadLogCloseBytes = 24 << 20
    /// Age at which deltas are folded though no fact came.
    static let foldNanoseconds: Int64 = 50_000_000
    /// Wait after a fold that failed.
    static let retryNanoseconds: Int64 = 1_000_000_000
    /// How long a lock of another process is waited for.
    static let busyNanoseconds: Int64 = 60_000_000_000
    /// Text that is put into the search at a time, so that other writers wait for milliseconds only.
    static let searchChunkBytes = 512 << 10
    /// Sessions of which that text may be.
    static let searchChunkSessions = 256
    /// Of one message or result, in Unicode scalars.
    static let searchDocumentCharacters = 64 << 10
    /// How long one search goes on bringing the index up to date before it looks.
    static let searchIndexNanoseconds: Int64 = 10_000_000_000
    /// Hits that are ranked.
    static let searchHits = 10_000
    /// Numbers reserved at a time.
    static let numberBlock: Int64 = 1024
}
