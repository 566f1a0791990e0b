/// A shell script as parsed: what bash and POSIX sh would do with it, without expanding anything.
///
/// The tree keeps every command that could run, at any depth, and for every word what of it is known before running. It forgets
/// layout and comments.
package struct ShellScript: Hashable, Sendable {
    package var statements: [ShellStatement]

    package init(statements: [ShellStatement] = []) { self.statements = statements }
}

/// One and-or list, ended by `;`, a line break or `&`.
package struct ShellStatement: Hashable, Sendable {
    package enum Join: String, Hashable, Sendable { case and = "&&", or = "||" }

    package struct Link: Hashable, Sendable {
        package var join: Join
        package var pipeline: ShellPipeline
    }

    package var first: ShellPipeline
    package var rest: [Link]
    package var isBackground: Bool

    package var pipelines: [ShellPipeline] { [first] + rest.map(\.pipeline) }
}

package struct ShellPipeline: Hashable, Sendable {
    package var isNegated: Bool
    package var commands: [ShellCommand]
}

package indirect enum ShellCommand: Hashable, Sendable {
    case simple(ShellSimpleCommand)
    case compound(ShellCompound, [ShellRedirection])
    /// Defining runs nothing; the body runs wherever the name is called.
    case function(name: String, body: ShellCommand)
}

package struct ShellSimpleCommand: Hashable, Sendable {
    package var assignments: [ShellAssignment]
    /// The program and its arguments; empty when there are only assignments or redirections.
    package var words: [ShellWord]
    package var redirections: [ShellRedirection]

    package init(assignments: [ShellAssignment] = [], words: [ShellWord] = [], redirections: [ShellRedirection] = []) {
        self.assignments = assignments
        self.words = words
        self.redirections = redirections
    }
}

package struct ShellAssignment: Hashable, Sendable {
    package var name: String
    package var isAppending: Bool
    /// `a[i]=…`
    package var index: ShellWord?
    package var value: Value

    package enum Value: Hashable, Sendable {
        case word(ShellWord)
        case array([ShellWord])
    }
}

package indirect enum ShellCompound: Hashable, Sendable {
    case group(ShellScript)
    case subshell(ShellScript)
    /// Conditions with their branches, and the `else`.
    case conditional([Branch], otherwise: ShellScript?)
    /// `while` and `until`.
    case loop(condition: ShellScript, body: ShellScript)
    /// `for` and `select`; `words` is `nil` when they are the positional parameters.
    case each(variable: String, words: [ShellWord]?, body: ShellScript)
    /// `for ((…; …; …))`
    case arithmeticLoop([ShellWord], body: ShellScript)
    case choice(ShellWord, [Case])
    /// `((…))`
    case arithmetic(ShellWord)
    /// `[[ … ]]`: its words, operators among them.
    case test([ShellWord])
    /// `coproc`
    case coprocess(ShellCommand)

    package struct Branch: Hashable, Sendable {
        package var condition: ShellScript
        package var body: ShellScript
    }

    package struct Case: Hashable, Sendable {
        package var patterns: [ShellWord]
        package var body: ShellScript
    }
}

package struct ShellRedirection: Hashable, Sendable {
    package enum Operation: String, Hashable, Sendable {
        case input = "<"
        case output = ">"
        case append = ">>"
        case clobber = ">|"
        case readWrite = "<>"
        case duplicateInput = "<&"
        case duplicateOutput = ">&"
        case outputAndError = "&>"
        case appendOutputAndError = "&>>"
        case hereString = "<<<"
        case hereDocument = "<<"
        case strippedHereDocument = "<<-"
    }

    /// The descriptor or `{name}` before the operator.
    package var descriptor: String?
    package var operation: Operation
    /// The file, the descriptor, the here-string, or the text of the here-document: quoted when its delimiter was.
    package var target: ShellWord
}

/// A word in its pieces. Adjacent pieces make one word before field splitting.
package struct ShellWord: Hashable, Sendable {
    package indirect enum Piece: Hashable, Sendable {
        /// Text outside quotes without special meaning, backslashes removed.
        case literal(String)
        /// Text that was quoted in any way: never split, never a pattern, never a keyword or an alias.
        case quoted(String)
        /// Something expanded inside double quotes: one field at most, but for `"$@"` and the like.
        case inDoubleQuotes([Piece])
        /// `$name`, `${…}`: the name, and all words within the braces that may be expanded too (defaults, patterns; subscripts and
        /// offsets as `.arithmetic`). The name has what is more than a lookup: `!x` (the variable that `x` names), `#x` (its length),
        /// `x=` (assigns), `x@P` (transforms).
        case parameter(name: String, words: [ShellWord])
        /// `$(…)` and backticks.
        case command(ShellScript)
        /// `$((…))`, with what is expanded inside. Names in its text are variables whose values are arithmetic again, and may run
        /// commands by that.
        case arithmetic([Piece])
        /// `<(…)` and `>(…)`.
        case process(isInput: Bool, ShellScript)
        /// `*`, `?`, `[…]` and bash's extended patterns, as written.
        case glob(String)
        /// `{a,b}` and `{1..9}`: all alternatives as words.
        case braces([ShellWord])
        /// `~` or `~user` at the beginning of a word, or behind `=` and `:` in an assignment.
        case tilde(user: String)
    }

    package var pieces: [Piece]
    /// Where the word stands in the source, in UTF-8 bytes.
    package var range: Range<Int>

    package init(pieces: [Piece], range: Range<Int> = 0..<0) {
        self.pieces = pieces
        self.range = range
    }

    /// The word as the program gets it, when that is known before running: only literal and quoted text.
    package var text: String? {
        var result = ""
        for piece in pieces {
            guard let text = piece.text else { return nil }
            result += text
        }
        return result
    }
}

extension ShellWord.Piece {
    package var text: String? {
        switch self {
        case .literal(let text), .quoted(let text): return text
        case .inDoubleQuotes(let pieces):
            var result = ""
            for piece in pieces {
                guard let text = piece.text else { return nil }
                result += text
            }
            return result
        case .parameter, .command, .arithmetic, .process, .glob, .braces, .tilde: return nil
        }
    }
}

/// Why a text is not a script this parser understands. The judgement of such a text is the highest tier.
package struct ShellSyntaxError: Error, Hashable, Sendable {
    /// In UTF-8 bytes from the beginning.
    package var offset: Int
    package var reason: String

    package init(offset: Int, reason: String) {
        self.offset = offset
        self.reason = reason
    }
}
