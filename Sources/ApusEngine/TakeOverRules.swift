package import ApusCore

/// How far a process goes on with turns that ran when theirs died.
package struct TakeOverRules: Hashable, Sendable {
    /// A turn that has outlived so many processes ends with the next one that dies: it may be what kills them.
    package var limit = 3
    /// A turn of which nothing was heard for longer is nothing that people still wait for. In milliseconds.
    package var silence: Timestamp = 24 * 60 * 60 * 1_000

    package init() {}
}
