import ApusCore

/// Gives the numbers of one session from blocks that the database knows as used before the first of them is given.
///
/// A process that dies leaves the rest of its block as a gap. Numbering goes on behind the block, never inside it.
struct SequenceBlock {
    /// The number given next.
    private(set) var next: EventNumber
    /// The last number that may be given; committed.
    private(set) var last: EventNumber

    /// - Parameter reserved: The last number that anybody may have been given, before this block was reserved.
    init(behind reserved: EventNumber) {
        next = reserved + 1
        last = reserved + StoreLimit.numberBlock
    }

    /// `nil` when the block is used up: ``extended`` must be committed first.
    mutating func take() -> EventNumber? {
        guard next <= last else { return nil }
        defer { next += 1 }
        return next
    }

    /// Worth asking for more while a transaction is open anyway.
    var isRunningLow: Bool { last - next < StoreLimit.numberBlock / 2 }

    /// The value of `sessions.reserved` that makes room for another block.
    var extended: EventNumber { last + StoreLimit.numberBlock }

    mutating func extend(to committed: EventNumber) { last = max(last, committed) }
}
