/// One line of the table by which commands are judged. The table is data: `docs/permissions.md` prints it.
package struct CommandRule: Hashable, Sendable {
    /// When the rule speaks.
    package enum Match: Hashable, Sendable {
        /// The program is called in this way; of several such rules the first that fits counts.
        case use(options: String?, operands: Operands)
        /// One of these options is among the words.
        case option(String)
        /// The same, before the subcommand only: behind it the letters mean something else.
        case globalOption(String)
        /// One of the operands is one of these; `*` stands for anything.
        case operand([String])
        /// Options before the subcommand; gives no judgement of its own.
        case globals(String)
        /// Found by the judgement itself: redirections, assignments, places, syntax.
        case structure
    }

    /// What the words are that are no options.
    package enum Operands: Hashable, Sendable {
        case any
        case none
        case atMost(Int)
        /// Each begins with `+`.
        case format
        /// None, unless one of these options makes them patterns.
        case noneUnless(String)
        /// Each is one of these; `*` stands for anything.
        case only([String])
        /// These and all behind the given position are changed.
        case writes(from: Int)
        /// The last one is changed, when there are at least two.
        case writesLast
        /// Seconds, with this bound.
        case seconds(atMost: Int)
        /// A sed script, unless options carry it.
        case sedScript
        /// An awk program, unless options carry it.
        case awkProgram
        /// Names of variables.
        case variables
    }

    /// Where another command is found within the words.
    package enum Inner: Hashable, Sendable {
        /// The words behind this many operands.
        case rest(after: Int)
        /// Assignments, then the rest; `-S` holds words as one.
        case environment
        /// Shell text in the option's value, else a file or the input.
        case shell
        /// The operands behind this many, put together with blanks, are shell text.
        case text(after: Int)
        /// Shell text is the value of this option.
        case textOption(String)
        /// The rest, with words from the input behind it.
        case input
        /// `-exec … ;` and its like.
        case actions([String])
        /// Shell text is the rest or, without blanks, its words.
        case textOrRest(after: Int)
        /// Code of a language in an option, a file, or the input.
        case interpreter(code: [String])
    }

    /// What an option changes: the place decides about the tier.
    package enum Writes: Hashable, Sendable { case nothing, value, operands }

    package var id: String
    package var programs: [String]
    /// Words behind the program, each entry one way to say it; empty for the program itself.
    package var subcommands: [[String]]
    package var match: Match
    package var tier: CommandTier
    package var writes: Writes
    package var inner: Inner?
    /// One line: why the tier.
    package var reason: String
    /// Where it is written that it should be so.
    package var source: String
    /// A command that reaches the rule.
    package var example: String

    init(
        id: String, programs: String, subcommands: String = "", match: Match, tier: CommandTier, writes: Writes = .nothing,
        inner: Inner? = nil, reason: String, source: String, example: String
    ) {
        self.id = id
        self.programs = Self.words(programs.utf8[...])
        self.subcommands = subcommands.utf8.split(separator: UInt8(ascii: ",")).map { Self.words($0) }
        self.match = match
        self.tier = tier
        self.writes = writes
        self.inner = inner
        self.reason = reason
        self.source = source
        self.example = example
    }
}

extension CommandRule {
    /// By bytes: the table is read at the first command of a process, and characters cost ten times as much.
    private static func words(_ text: Substring.UTF8View) -> [String] {
        text.split(separator: UInt8(ascii: " ")).map { String(Substring($0)) }
    }
}

/// Short ways to write the table. The first words are `program` or `program: subcommand, subcommand`.
extension CommandRule {
    private static func split(_ call: String) -> (programs: String, subcommands: String) {
        // A colon behind a blank is the command `:`.
        let bytes = call.utf8
        guard let mark = bytes.firstIndex(of: UInt8(ascii: ":")), mark > bytes.startIndex,
            bytes[bytes.index(before: mark)] != UInt8(ascii: " ")
        else { return (call, "") }
        return (String(call[..<mark]), String(call[bytes.index(after: mark)...]))
    }

    static func use(
        _ id: String, _ call: String, _ tier: CommandTier, options: String? = nil, operands: Operands = .any, inner: Inner? = nil,
        _ reason: String, _ source: String, _ example: String
    ) -> CommandRule {
        let (programs, subcommands) = split(call)
        return CommandRule(
            id: id, programs: programs, subcommands: subcommands, match: .use(options: options, operands: operands), tier: tier,
            inner: inner, reason: reason, source: source, example: example)
    }

    static func option(
        _ id: String, _ call: String, _ options: String, _ tier: CommandTier, writes: Writes = .nothing, inner: Inner? = nil,
        _ reason: String, _ source: String, _ example: String
    ) -> CommandRule {
        let (programs, subcommands) = split(call)
        return CommandRule(
            id: id, programs: programs, subcommands: subcommands, match: .option(options), tier: tier, writes: writes, inner: inner,
            reason: reason, source: source, example: example)
    }

    static func globalOption(
        _ id: String, _ programs: String, _ options: String, _ tier: CommandTier, _ reason: String, _ source: String, _ example: String
    ) -> CommandRule {
        CommandRule(id: id, programs: programs, match: .globalOption(options), tier: tier, reason: reason, source: source, example: example)
    }

    static func operand(
        _ id: String, _ call: String, _ operands: String, _ tier: CommandTier, _ reason: String, _ source: String, _ example: String
    ) -> CommandRule {
        let (programs, subcommands) = split(call)
        return CommandRule(
            id: id, programs: programs, subcommands: subcommands, match: .operand(operands.split(separator: " ").map(String.init)),
            tier: tier, reason: reason, source: source, example: example)
    }

    static func globals(_ id: String, _ programs: String, _ options: String, _ example: String) -> CommandRule {
        CommandRule(
            id: id, programs: programs, match: .globals(options), tier: .readOnly, reason: "options before the subcommand are understood",
            source: "droid-exec.md §3.5.2", example: example)
    }

    static func structure(_ id: String, _ tier: CommandTier, _ reason: String, _ source: String, _ example: String) -> CommandRule {
        CommandRule(id: id, programs: "", match: .structure, tier: tier, reason: reason, source: source, example: example)
    }
}
