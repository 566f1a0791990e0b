extension ShellParser {
    /// Programs whose arguments bash reads as assignments, arrays among them.
    private static let declarations: Set<String> = ["declare", "typeset", "local", "export", "readonly"]
    /// Words that make zsh read what follows in a way of its own.
    private static let onlyInZsh: Set<String> = ["repeat", "foreach", "end", "nocorrect", "noglob", "always", "-"]

    mutating func simpleCommand() throws(ShellSyntaxError) -> ShellCommand {
        var command = ShellSimpleCommand()
        var isDeclaring = false
        while true {
            try skipBlanks()
            if let redirection = try redirection() {
                command.redirections.append(redirection)
            } else if current == UInt8(ascii: "(") {
                return try functionAfterName(in: command)
            } else if !startsWord {
                break
            } else if command.words.isEmpty || isDeclaring, let assignment = try assignment(isFirst: command.words.isEmpty) {
                command.assignments.append(assignment)
            } else if command.words.isEmpty {
                if current == UInt8(ascii: "!") { throw fault("a program whose name begins with \"!\", as history does") }
                let program = try word(.program)
                isDeclaring = program.text.map(Self.declarations.contains) ?? false
                command.words.append(program)
                if dialect.contains(.zsh), let text = program.text, Self.onlyInZsh.contains(text) { try refuse(in: .zsh, "\"\(text)\"") }
            } else {
                let word = try word(.argument)
                if word.pieces == [.literal("}")] { try refuse(in: .zsh, "a lone \"}\"") }
                command.words.append(word)
            }
        }
        if command == ShellSimpleCommand() { throw unexpected() }
        return .simple(command)
    }

    /// Whether a word begins here; `<(` and `>(` are words.
    var startsWord: Bool {
        if current == UInt8(ascii: "<") || current == UInt8(ascii: ">") { return next == UInt8(ascii: "(") }
        return !current.isShellMeta
    }

    var startsRedirection: Bool { current == UInt8(ascii: "<") || current == UInt8(ascii: ">") || isNext("&>") }

    /// At the parenthesis of `name()`.
    private mutating func functionAfterName(in command: ShellSimpleCommand) throws(ShellSyntaxError) -> ShellCommand {
        guard command.words.count == 1, command.assignments.isEmpty, command.redirections.isEmpty,
            case .literal(let name)? = command.words[0].pieces.first, command.words[0].pieces.count == 1
        else { throw unexpected() }
        try advance()
        try skipBlanks()
        try closeParenthesis()
        return try function(named: name)
    }

    // MARK: Assignments

    /// - Parameter isFirst: before the program every assignment counts; behind `declare` and the like only those that are no plain
    ///   words: arrays and elements.
    private mutating func assignment(isFirst: Bool) throws(ShellSyntaxError) -> ShellAssignment? {
        guard current.isShellNameStart else { return nil }
        var index = position
        var name: [UInt8] = []
        while bytes[index].isShellName {
            name.append(bytes[index])
            index = self.index(after: index)
        }
        try count(index - position)
        var assignment = ShellAssignment(
            name: String(decoding: name, as: UTF8.self), isAppending: false, index: nil, value: .word(ShellWord(pieces: [])))
        let hasIndex = bytes[index] == UInt8(ascii: "[")
        var sign = index
        if bytes[sign] == UInt8(ascii: "+") {
            assignment.isAppending = true
            sign = self.index(after: sign)
        }
        guard hasIndex || bytes[sign] == UInt8(ascii: "=") else { return nil }
        if !isFirst, !hasIndex, bytes[self.index(after: sign)] != UInt8(ascii: "(") { return nil }
        if hasIndex {
            try refuse(in: .sh, "a subscript")
            position = index
            let start = offset
            try advance()
            assignment.index = ShellWord(pieces: [.arithmetic(try arithmetic(.wordBracket, quoting: .none))], range: start..<offset)
            try advance()
            if current == UInt8(ascii: "+") {
                assignment.isAppending = true
                try advance()
            }
            // bash takes all up to the bracket as one word, others do not.
            guard current == UInt8(ascii: "=") else { throw fault("a subscript without an assignment") }
        } else {
            position = sign
        }
        if assignment.isAppending { try refuse(in: .sh, "\"+=\"") }
        try advance()
        if current == UInt8(ascii: "(") {
            try refuse(in: .sh, "an array")
            assignment.value = .array(try nested { (parser) throws(ShellSyntaxError) in try parser.arrayElements() })
            guard current.isShellMeta else { throw fault("text directly behind an array") }
        } else {
            assignment.value = .word(try word(.value))
        }
        return assignment
    }

    private mutating func arrayElements() throws(ShellSyntaxError) -> [ShellWord] {
        try advance()
        var elements: [ShellWord] = []
        while true {
            try skipBlanks()
            if current == UInt8(ascii: "\n") {
                try noteLineBreakInWord()
                try advanceRaw()
                skipContinuations()
            } else if current == UInt8(ascii: ")") {
                try advance()
                return elements
            } else if startsWord {
                elements.append(try word(.element))
            } else {
                throw unexpected()
            }
        }
    }

    // MARK: Redirections

    /// The redirection at hand, with the descriptor before it.
    mutating func redirection() throws(ShellSyntaxError) -> ShellRedirection? {
        var index = position
        var descriptor: [UInt8] = []
        if current.isASCIIDigit {
            while bytes[index].isASCIIDigit {
                descriptor.append(bytes[index])
                index = self.index(after: index)
            }
        } else if current == UInt8(ascii: "{"), next.isShellNameStart {
            repeat {
                descriptor.append(bytes[index])
                index = self.index(after: index)
            } while bytes[index].isShellName
            guard bytes[index] == UInt8(ascii: "}"), descriptor.count > 1 else { return nil }
            descriptor.append(bytes[index])
            index = self.index(after: index)
        }
        try count(index - position)
        let isDirection = bytes[index] == UInt8(ascii: "<") || bytes[index] == UInt8(ascii: ">")
        guard isDirection ? bytes[self.index(after: index)] != UInt8(ascii: "(") : descriptor.isEmpty && isNext("&>") else { return nil }
        if descriptor.first == UInt8(ascii: "{") { try refuse(in: .sh, "a descriptor in a variable") }
        let start = offset
        position = index
        let operation = try redirectionOperator()
        let name = descriptor.isEmpty ? nil : String(decoding: descriptor, as: UTF8.self)
        try skipBlanks()
        if operation == .hereDocument || operation == .strippedHereDocument {
            return ShellRedirection(descriptor: name, operation: operation, target: try hereDocument(operation, at: start))
        }
        guard startsWord else { throw unexpected() }
        let target = try word(operation == .hereString ? .pattern : .argument)
        if current == UInt8(ascii: "<") || current == UInt8(ascii: ">"), let text = target.text {
            // `> 2<f`: the number is not the file.
            if text.utf8.allSatisfy(\.isASCIIDigit) || text.hasPrefix("{") { throw unexpected() }
        }
        return ShellRedirection(descriptor: name, operation: operation, target: target)
    }

    private mutating func redirectionOperator() throws(ShellSyntaxError) -> ShellRedirection.Operation {
        if try take("<<<") {
            try refuse(in: .sh, "\"<<<\"")
            return .hereString
        }
        if try take("<<-") { return .strippedHereDocument }
        if try take("<<") { return .hereDocument }
        if try take("<&") { return .duplicateInput }
        if try take("<>") { return .readWrite }
        if try take("<") { return .input }
        let operation: ShellRedirection.Operation
        if current == UInt8(ascii: "&") {
            try refuse(in: .sh, "\"&>\"")
            operation = try take("&>>") ? .appendOutputAndError : .outputAndError
            if operation == .outputAndError { try advance(2) }
        } else if try take(">>") {
            operation = .append
        } else if try take(">&") {
            operation = .duplicateOutput
        } else if try take(">|") {
            operation = .clobber
        } else {
            try advance()
            operation = .output
        }
        if current == UInt8(ascii: "!") { try refuse(in: .zsh, "\"\(operation.rawValue)!\"") }
        return operation
    }
}
