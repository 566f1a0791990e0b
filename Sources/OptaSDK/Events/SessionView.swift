/// One reader's place in one session: what it has been given, and what may still come (`opta-v3.md` §3.3, §4.4). Pure.
struct SessionView: Sendable {
    /// What becomes of an event.
    enum Admission: Sendable {
        /// It came before, or belongs to a turn that is over.
        case skip
        case give(DaemonEvent)
        /// To be given after the text of the turn, of which pieces are missing.
        case giveAfterText(DaemonEvent, TurnTextKeeper)
    }

    /// The number of the last event that was given, or skipped for good.
    private(set) var cursor: Int64
    private(set) var rules = TurnRules()
    private(set) var text = TurnTextKeeper()
    /// The reader's buffer was full: nothing is given until the session is read again from the cursor.
    var isBehind = false

    init(cursor: Int64) { self.cursor = cursor }

    /// Each event once, in the order of their numbers.
    mutating func admit(_ event: DaemonEvent) -> Admission {
        guard event.seq > cursor else { return .skip }
        text.note(event, before: cursor)
        cursor = event.seq
        guard let admitted = rules.admit(event) else { return .skip }
        guard admitted.event == .turnDone || admitted.event == .turnError else { return .give(admitted) }
        defer { text.end() }
        return admitted.event == .turnDone && text.hasGap ? .giveAfterText(admitted, text) : .give(admitted)
    }

    /// An event of this library; it moves no cursor.
    mutating func admitLocal(_ event: DaemonEvent) -> DaemonEvent? { rules.admit(event) }
}
