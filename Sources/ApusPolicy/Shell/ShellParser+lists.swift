extension ShellParser {
    /// Words that are keywords where a command can begin, and only when nothing of them is quoted.
    enum Keyword: String {
        case `if`, then, elif, `else`, fi, `for`, select, `while`, until, `do`, done, `case`, esac, function, time, coproc
        case open = "{"
        case close = "}"
        case not = "!"
        case test = "[["

        var endsList: Bool {
            switch self {
            case .then, .elif, .else, .fi, .do, .done, .esac, .close: true
            case .if, .for, .select, .while, .until, .case, .function, .time, .coproc, .open, .not, .test: false
            }
        }

        /// What may be the body of a function.
        var beginsCompound: Bool {
            switch self {
            case .if, .for, .select, .while, .until, .case, .open, .test: true
            case .then, .elif, .else, .fi, .do, .done, .esac, .close, .function, .time, .coproc, .not: false
            }
        }
    }

    /// The keyword at hand.
    func keyword() -> Keyword? {
        var index = position
        var letters: [UInt8] = []
        while !bytes[index].isShellMeta {
            // The longest has eight letters.
            if letters.count == 8 { return nil }
            letters.append(bytes[index])
            index = self.index(after: index)
        }
        return letters.isEmpty ? nil : Keyword(rawValue: String(decoding: letters, as: UTF8.self))
    }

    mutating func take(_ keyword: Keyword) throws(ShellSyntaxError) -> Bool {
        guard self.keyword() == keyword else { return false }
        try advance(keyword.rawValue.utf8.count)
        return true
    }

    mutating func expect(_ keyword: Keyword) throws(ShellSyntaxError) {
        guard try take(keyword) else { throw fault("\"\(keyword.rawValue)\" expected") }
    }

    /// Commands up to whatever ends a list: the end, a parenthesis, `;;`, a closing keyword.
    mutating func list() throws(ShellSyntaxError) -> ShellScript {
        var statements: [ShellStatement] = []
        try skipLines()
        while !endsList {
            var statement = try statement()
            var isEnded = true
            if current == UInt8(ascii: ";"), next != UInt8(ascii: ";"), next != UInt8(ascii: "&") {
                try advance()
            } else if current == UInt8(ascii: "&") {
                statement.isBackground = true
                try advance()
            } else {
                isEnded = current == UInt8(ascii: "\n")
            }
            statements.append(statement)
            if !isEnded { break }
            try skipLines()
        }
        return ShellScript(statements: statements)
    }

    /// A list where the grammar wants at least one command.
    mutating func commands() throws(ShellSyntaxError) -> ShellScript {
        let script = try list()
        if script.statements.isEmpty { throw unexpected() }
        return script
    }

    private var endsList: Bool {
        switch current {
        case 0, UInt8(ascii: ")"): return true
        case UInt8(ascii: ";"): return next == UInt8(ascii: ";") || next == UInt8(ascii: "&")
        default: return keyword()?.endsList ?? false
        }
    }

    private mutating func statement() throws(ShellSyntaxError) -> ShellStatement {
        var statement = ShellStatement(first: try pipeline(), rest: [], isBackground: false)
        while true {
            let join: ShellStatement.Join
            if try take("&&") { join = .and } else if try take("||") { join = .or } else { return statement }
            try skipLines()
            statement.rest.append(ShellStatement.Link(join: join, pipeline: try pipeline()))
        }
    }

    private mutating func pipeline() throws(ShellSyntaxError) -> ShellPipeline {
        var pipeline = ShellPipeline(isNegated: false, commands: [])
        if try prefixes(of: &pipeline) { return pipeline }
        while true {
            var command = try command()
            try skipBlanks()
            if current != UInt8(ascii: "|") || next == UInt8(ascii: "|") {
                pipeline.commands.append(command)
                return pipeline
            }
            try advance()
            if current == UInt8(ascii: "&") {
                try refuse(in: .sh, "\"|&\"")
                try advance()
                command = Self.joiningErrors(command)
            }
            pipeline.commands.append(command)
            try skipLines()
        }
    }

    /// `!` and `time`. Returns whether nothing follows, which only `time` may do.
    private mutating func prefixes(of pipeline: inout ShellPipeline) throws(ShellSyntaxError) -> Bool {
        var isTimed = false
        while true {
            if keyword() == .not {
                // With extended patterns on, that is one word; without, a subshell.
                if next == UInt8(ascii: "(") { throw fault("\"!(\", which is a pattern or a subshell as the shell's options are") }
                try advance()
                pipeline.isNegated.toggle()
            } else if keyword() == .time {
                try advance(4)
                try skipBlanks()
                isTimed = true
                if current == UInt8(ascii: "-") {
                    // Other shells have a program "time" with options of its own.
                    guard next == UInt8(ascii: "p"), bytes[index(after: index(after: position))].isShellMeta else {
                        throw fault("an option of \"time\" that only some shells have")
                    }
                    try advance(2)
                }
            } else if isTimed, current.isShellMeta, current != UInt8(ascii: "("), !startsRedirection {
                pipeline.commands = [.simple(ShellSimpleCommand())]
                return true
            } else {
                return false
            }
            try skipBlanks()
        }
    }

    /// `a |& b` is `a 2>&1 | b`.
    private static func joiningErrors(_ command: ShellCommand) -> ShellCommand {
        let joining = ShellRedirection(
            descriptor: "2", operation: .duplicateOutput, target: ShellWord(pieces: [.literal("1")]))
        switch command {
        case .simple(var simple):
            simple.redirections.append(joining)
            return .simple(simple)
        case .compound(let compound, let redirections): return .compound(compound, redirections + [joining])
        case .function(let name, let body): return .function(name: name, body: joiningErrors(body))
        }
    }
}
