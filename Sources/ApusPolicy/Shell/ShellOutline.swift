internal import ApusBase

/// The tree of a script as indented lines for people: one for each command, redirection, assignment and substitution.
///
/// At most `maximumLines` lines of `maximumWidth` characters; nothing in them can move a terminal's cursor.
package struct ShellOutline {
    package static let maximumLines = 400
    package static let maximumWidth = 160

    private var lines: [String] = []
    private var indentation = 0
    private var isCut = false

    package static func lines(of script: ShellScript) -> [String] {
        var outline = ShellOutline()
        outline.add(script)
        return outline.isCut ? outline.lines + ["…"] : outline.lines
    }

    // MARK: Lines

    private mutating func line(_ text: String) {
        guard lines.count < Self.maximumLines else { return isCut = true }
        let line = String(repeating: "  ", count: indentation) + text
        lines.append(line.count > Self.maximumWidth ? line.prefix(Self.maximumWidth - 1) + "…" : line)
    }

    private mutating func indented(_ body: (inout ShellOutline) -> Void) {
        indentation += 1
        body(&self)
        indentation -= 1
    }

    private mutating func section(_ title: String, _ script: ShellScript) {
        line(title)
        indented { $0.add(script) }
    }

    // MARK: Commands

    private mutating func add(_ script: ShellScript) {
        if isCut { return }
        for statement in script.statements {
            let isList = !statement.rest.isEmpty
            if isList || statement.isBackground { line(isList ? statement.isBackground ? "list &" : "list" : "background &") }
            indentation += isList || statement.isBackground ? 1 : 0
            add(statement.first)
            for link in statement.rest {
                line(link.join.rawValue)
                add(link.pipeline)
            }
            indentation -= isList || statement.isBackground ? 1 : 0
        }
    }

    private mutating func add(_ pipeline: ShellPipeline) {
        if pipeline.isNegated { line("not") }
        if pipeline.commands.count == 1 { return add(pipeline.commands[0]) }
        line("pipeline")
        indented { outline in for command in pipeline.commands { outline.add(command) } }
    }

    private mutating func add(_ command: ShellCommand) {
        switch command {
        case .simple(let simple):
            line(simple.words.isEmpty ? "run nothing" : "run " + simple.words.map(Self.text).joined(separator: " "))
            indented { outline in
                for assignment in simple.assignments { outline.add(assignment) }
                for word in simple.words { outline.addInside(word.pieces) }
                for redirection in simple.redirections { outline.add(redirection) }
            }
        case .compound(let compound, let redirections):
            add(compound)
            indented { outline in for redirection in redirections { outline.add(redirection) } }
        case .function(let name, let body):
            line("function \(escapedForDisplay(name, keepingNewlines: false))")
            indented { $0.add(body) }
        }
    }

    private mutating func add(_ assignment: ShellAssignment) {
        let index = assignment.index.map { "[" + Self.text($0) + "]" } ?? ""
        let name = assignment.name + index + (assignment.isAppending ? "+=" : "=")
        switch assignment.value {
        case .word(let word):
            line("assign " + name + Self.text(word))
            indented { $0.addInside((assignment.index?.pieces ?? []) + word.pieces) }
        case .array(let words):
            line("assign " + name + "(" + words.map(Self.text).joined(separator: " ") + ")")
            indented { $0.addInside((assignment.index?.pieces ?? []) + words.flatMap(\.pieces)) }
        }
    }

    private mutating func add(_ redirection: ShellRedirection) {
        line("redirect \(redirection.descriptor ?? "")\(redirection.operation.rawValue) \(Self.text(redirection.target))")
        indented { $0.addInside(redirection.target.pieces) }
    }

    private mutating func add(_ compound: ShellCompound) {
        switch compound {
        case .group(let script): section("group", script)
        case .subshell(let script): section("subshell", script)
        case .conditional(let branches, let otherwise):
            for (index, branch) in branches.enumerated() {
                section(index == 0 ? "if" : "elif", branch.condition)
                section("then", branch.body)
            }
            if let otherwise { section("else", otherwise) }
        case .loop(let condition, let body):
            section("while", condition)
            section("do", body)
        case .each(let variable, let words, let body):
            line("for \(variable)" + (words.map { " in " + $0.map(Self.text).joined(separator: " ") } ?? ""))
            indented { outline in for word in words ?? [] { outline.addInside(word.pieces) } }
            section("do", body)
        case .arithmeticLoop(let parts, let body):
            line("for " + parts.map(Self.text).joined(separator: "; "))
            indented { outline in for part in parts { outline.addInside(part.pieces) } }
            section("do", body)
        case .choice(let subject, let cases):
            line("case " + Self.text(subject))
            indented { outline in
                outline.addInside(subject.pieces)
                for choice in cases {
                    outline.line("when " + choice.patterns.map(Self.text).joined(separator: " | "))
                    outline.indented { inner in
                        for pattern in choice.patterns { inner.addInside(pattern.pieces) }
                        inner.add(choice.body)
                    }
                }
            }
        case .arithmetic(let word):
            line("arithmetic " + Self.text(word))
            indented { $0.addInside(word.pieces) }
        case .test(let words):
            line("test " + words.map(Self.text).joined(separator: " "))
            indented { outline in for word in words { outline.addInside(word.pieces) } }
        case .coprocess(let command):
            line("coprocess")
            indented { $0.add(command) }
        }
    }

    // MARK: Words

    /// What a word runs or expands inside, beneath it.
    private mutating func addInside(_ pieces: [ShellWord.Piece]) {
        if isCut { return }
        for piece in pieces {
            switch piece {
            case .literal, .quoted, .glob, .tilde: break
            case .inDoubleQuotes(let inner), .arithmetic(let inner): addInside(inner)
            case .parameter(_, let words), .braces(let words): for word in words { addInside(word.pieces) }
            case .command(let script): section("substitution", script)
            case .process(let isInput, let script): section(isInput ? "process <" : "process >", script)
            }
        }
    }

    /// A word as it might have been written: quoted where it was, with substitutions left out.
    static func text(_ word: ShellWord) -> String {
        var text = ""
        append(word.pieces, to: &text)
        return text.isEmpty ? "''" : text
    }

    private static func append(_ pieces: [ShellWord.Piece], to text: inout String) {
        for piece in pieces {
            // Whoever prints cuts there.
            if text.utf8.count > 4 * maximumWidth { return }
            switch piece {
            case .literal(let literal): text += escapedForDisplay(String(literal.prefix(maximumWidth)), keepingNewlines: false)
            case .quoted(let quoted): text += "'" + escapedForDisplay(String(quoted.prefix(maximumWidth)), keepingNewlines: false) + "'"
            case .inDoubleQuotes(let inner):
                text += "\""
                append(inner, to: &text)
                text += "\""
            case .parameter(let name, let words):
                if words.isEmpty {
                    text += name.count > 1 && !name.utf8.allSatisfy(\.isShellName) ? "${\(name)}" : "$\(name)"
                } else {
                    text += "${\(name) "
                    for word in words { append(word.pieces, to: &text) }
                    text += "}"
                }
            case .command: text += "$(…)"
            case .arithmetic(let inner):
                text += "(("
                append(inner, to: &text)
                text += "))"
            case .process(let isInput, _): text += isInput ? "<(…)" : ">(…)"
            case .glob(let pattern): text += escapedForDisplay(String(pattern.prefix(maximumWidth)), keepingNewlines: false)
            case .braces(let words):
                text += "{"
                for (index, word) in words.enumerated() {
                    if index > 0 { text += "," }
                    append(word.pieces, to: &text)
                    if text.utf8.count > 4 * maximumWidth { break }
                }
                text += "}"
            case .tilde(let user): text += "~" + user
            }
        }
    }
}
