extension ShellParser {
    mutating func command() throws(ShellSyntaxError) -> ShellCommand {
        switch keyword() {
        case nil:
            guard current == UInt8(ascii: "(") else { return try simpleCommand() }
            return try compound()
        case .time: return try simpleCommand()
        case .function: return try functionAfterKeyword()
        case .coproc: return try coprocess()
        case .then, .elif, .else, .fi, .do, .done, .esac, .close, .not: throw unexpectedKeyword()
        case .if, .for, .select, .while, .until, .case, .open, .test: return try compound()
        }
    }

    private func unexpectedKeyword() -> ShellSyntaxError {
        keyword().map { fault("an unexpected \"\($0.rawValue)\"") } ?? unexpected()
    }

    private mutating func compound() throws(ShellSyntaxError) -> ShellCommand {
        let compound = try nested { (parser) throws(ShellSyntaxError) in try parser.compoundBody() }
        var redirections: [ShellRedirection] = []
        try skipBlanks()
        while let redirection = try redirection() {
            redirections.append(redirection)
            try skipBlanks()
        }
        return .compound(compound, redirections)
    }

    private mutating func compoundBody() throws(ShellSyntaxError) -> ShellCompound {
        guard let keyword = keyword() else {
            if next == UInt8(ascii: "(") { return try arithmeticCommand() }
            try advance()
            let script = try commands()
            try closeParenthesis()
            return .subshell(script)
        }
        try advance(keyword.rawValue.utf8.count)
        switch keyword {
        case .open:
            let script = try commands()
            try expect(.close)
            return .group(script)
        case .if: return try conditional()
        case .while, .until:
            let condition = try commands()
            return .loop(condition: condition, body: try loopBody())
        case .for:
            try skipBlanks()
            return isNext("((") ? try arithmeticLoop() : try each()
        case .select:
            try refuse(in: .sh, "\"select\"")
            try skipBlanks()
            return try each()
        case .case: return try choice()
        case .test:
            try refuse(in: .sh, "\"[[\"")
            return .test(try testWords())
        case .then, .elif, .else, .fi, .do, .done, .esac, .close, .not, .time, .function, .coproc: throw unexpected()
        }
    }

    mutating func closeParenthesis() throws(ShellSyntaxError) {
        guard current == UInt8(ascii: ")") else { throw keyword() == nil ? unexpected() : unexpectedKeyword() }
        try advance()
    }

    private mutating func conditional() throws(ShellSyntaxError) -> ShellCompound {
        var branches: [ShellCompound.Branch] = []
        repeat {
            let condition = try commands()
            try expect(.then)
            branches.append(ShellCompound.Branch(condition: condition, body: try commands()))
        } while try take(.elif)
        let otherwise = try take(.else) ? try commands() : nil
        try expect(.fi)
        return .conditional(branches, otherwise: otherwise)
    }

    private mutating func loopBody() throws(ShellSyntaxError) -> ShellScript {
        try expect(.do)
        let body = try commands()
        try expect(.done)
        return body
    }

    private mutating func each() throws(ShellSyntaxError) -> ShellCompound {
        let variable = try name("a variable expected")
        try skipLines()
        var words: [ShellWord]?
        if isWord("in") {
            try advance(2)
            var found: [ShellWord] = []
            try skipBlanks()
            while startsWord {
                found.append(try word(.argument))
                try skipBlanks()
            }
            guard current == UInt8(ascii: ";") || current == UInt8(ascii: "\n") else { throw unexpected() }
            words = found
        }
        if current == UInt8(ascii: ";"), next != UInt8(ascii: ";") { try advance() }
        try skipLines()
        return .each(variable: variable, words: words, body: try loopBody())
    }

    private mutating func arithmeticLoop() throws(ShellSyntaxError) -> ShellCompound {
        try refuse(in: .sh, "\"for ((\"")
        try advance(2)
        var parts: [ShellWord] = []
        while parts.count < 3 {
            let start = offset
            let pieces = try arithmetic(parts.count < 2 ? .semicolon : .parentheses, quoting: .double)
            parts.append(ShellWord(pieces: [.arithmetic(pieces)], range: start..<offset))
            try advance(parts.count < 3 ? 1 : 2)
        }
        try skipBlanks()
        if current == UInt8(ascii: ";"), next != UInt8(ascii: ";") { try advance() }
        try skipLines()
        return .arithmeticLoop(parts, body: try loopBody())
    }

    private mutating func arithmeticCommand() throws(ShellSyntaxError) -> ShellCompound {
        try refuse(in: .sh, "\"((\"")
        let start = offset
        try advance(2)
        let pieces = try arithmetic(.parentheses, quoting: .double)
        try advance(2)
        return .arithmetic(ShellWord(pieces: [.arithmetic(pieces)], range: start..<offset))
    }

    private mutating func choice() throws(ShellSyntaxError) -> ShellCompound {
        try skipBlanks()
        guard startsWord else { throw unexpected() }
        let subject = try word(.pattern)
        try skipLines()
        guard isWord("in") else { throw fault("\"in\" expected") }
        try advance(2)
        try skipLines()
        var cases: [ShellCompound.Case] = []
        while keyword() != .esac {
            var found = ShellCompound.Case(patterns: [], body: ShellScript())
            if try take("(") { try skipBlanks() }
            if keyword() == .esac { throw unexpectedKeyword() }
            repeat {
                try skipBlanks()
                guard startsWord else { throw unexpected() }
                found.patterns.append(try word(.pattern))
                try skipBlanks()
            } while try take("|")
            try closeParenthesis()
            found.body = try list()
            cases.append(found)
            let ending = isNext(";;&") ? 3 : isNext(";;") || isNext(";&") ? 2 : 0
            if ending == 0 { break }
            try advance(ending)
            try skipLines()
        }
        guard keyword() == .esac else { throw keyword() == nil ? unexpected() : unexpectedKeyword() }
        try advance(4)
        return .choice(subject, cases)
    }

    // MARK: Functions and coprocesses

    private mutating func functionAfterKeyword() throws(ShellSyntaxError) -> ShellCommand {
        try refuse(in: .sh, "\"function\"")
        try advance(8)
        try skipBlanks()
        guard startsWord else { throw unexpected() }
        let start = offset
        let name = try word(.pattern)
        guard case .literal(let text)? = name.pieces.first, name.pieces.count == 1 else {
            throw fault("a function's name that is not plain", at: start)
        }
        try skipBlanks()
        if try take("(") {
            try skipBlanks()
            try closeParenthesis()
        }
        return try function(named: text)
    }

    /// The body, with its redirections.
    mutating func function(named name: String) throws(ShellSyntaxError) -> ShellCommand {
        try skipLines()
        guard keyword()?.beginsCompound ?? (current == UInt8(ascii: "(")) else {
            throw fault("the body of a function expected: \"{\" or another compound command")
        }
        return .function(name: name, body: try compound())
    }

    private mutating func coprocess() throws(ShellSyntaxError) -> ShellCommand {
        try refuse(in: .sh, "\"coproc\"")
        try advance(6)
        try skipBlanks()
        if keyword()?.beginsCompound ?? (current == UInt8(ascii: "(")) {
            return .compound(.coprocess(try compound()), [])
        }
        if let ending = endOfName() {
            // A name, when a compound command follows; else the program.
            let before = position
            position = ending
            skipContinuations()
            try skipBlanks()
            if keyword()?.beginsCompound ?? (current == UInt8(ascii: "(") && next != UInt8(ascii: ")")) {
                try refuse(in: .zsh, "a named \"coproc\"")
                return .compound(.coprocess(try compound()), [])
            }
            position = before
        }
        let command = try simpleCommand()
        guard case .simple = command else { throw unexpected() }
        return .compound(.coprocess(command), [])
    }

    // MARK: Names

    /// Behind the name at hand, if it is followed by the end of the word.
    private func endOfName() -> Int? {
        guard current.isShellNameStart else { return nil }
        var index = position
        while bytes[index].isShellName { index = self.index(after: index) }
        return bytes[index].isShellMeta ? index : nil
    }

    private mutating func name(_ complaint: String) throws(ShellSyntaxError) -> String {
        guard endOfName() != nil else { throw fault(complaint) }
        var letters: [UInt8] = []
        while current.isShellName {
            letters.append(current)
            try advance()
        }
        return String(decoding: letters, as: UTF8.self)
    }

    /// Whether `text` stands here as a whole word without quotes.
    private func isWord(_ text: StaticString) -> Bool {
        guard isNext(text) else { return false }
        var index = position
        for _ in 0..<text.utf8CodeUnitCount { index = self.index(after: index) }
        return bytes[index].isShellMeta
    }
}
