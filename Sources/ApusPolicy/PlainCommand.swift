/// Proves that a command only reads, without a shell parser: one program of a short list, its words plain or in single quotes.
/// Whatever needs a shell to be understood is not proven.
package enum PlainCommand {
    package enum Judgement: Hashable, Sendable {
        case reads
        case unknown(String)
    }

    /// `repositoryRunsPrograms`: the configuration of the checkout names filters, pagers or other programs that even reading git
    /// commands would start.
    package static func judge(_ command: String, repositoryRunsPrograms: Bool = false) -> Judgement {
        let words: [String]
        switch split(command) {
        case .words(let found): words = found
        case .syntax(let what): return .unknown("\(what) needs a shell to be understood")
        }
        guard let program = words.first else { return .unknown("an empty command") }
        let arguments = Array(words.dropFirst())
        if program == "git" {
            if repositoryRunsPrograms { return .unknown("this repository's configuration makes git run programs") }
            return judgeGit(arguments)
        }
        guard let check = readers[program] else { return .unknown("\"\(program)\" is not on the list of plainly read-only programs") }
        if let offence = check(arguments) { return .unknown("\"\(program) \(offence)\" can do more than read") }
        if let secret = arguments.first(where: isSecret) { return .unknown("\"\(secret)\" may hold secrets") }
        return .reads
    }

    private enum Split {
        case words([String])
        case syntax(String)
    }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./,:=+@%^".utf8)

    private static func split(_ command: String) -> Split {
        var words: [String] = []
        var word: [UInt8] = []
        var isOpen = false
        var isQuoted = false
        for byte in command.utf8 {
            if isQuoted {
                if byte == UInt8(ascii: "'") { isQuoted = false } else { word.append(byte) }
            } else if byte == UInt8(ascii: "'") {
                isQuoted = true
                isOpen = true
            } else if byte == UInt8(ascii: " ") {
                if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
                word = []
                isOpen = false
            } else if plain.contains(byte) || byte >= 0x80 {
                word.append(byte)
                isOpen = true
            } else {
                return .syntax(byte == 0x0A ? "a line break" : "\"\(Character(UnicodeScalar(byte)))\"")
            }
        }
        if isQuoted { return .syntax("an open quote") }
        if isOpen { words.append(String(decoding: word, as: UTF8.self)) }
        // A first word with "=" is an assignment.
        if let first = words.first, first.contains("=") { return .syntax("an assignment") }
        return .words(words)
    }

    /// The first argument that makes a program more than a reader; `nil` when there is none.
    private typealias Check = @Sendable ([String]) -> String?

    private static let anything: Check = { _ in nil }

    private static let readers: [String: Check] = [
        "cat": anything, "head": anything, "tail": withoutFollowing, "wc": anything, "ls": anything, "stat": anything, "du": anything,
        "df": anything, "pwd": anything, "date": onlyAFormat, "uname": anything, "whoami": anything, "id": anything, "nproc": anything,
        "basename": anything, "dirname": anything, "realpath": anything, "readlink": anything, "echo": anything, "true": anything,
        "false": anything, "nl": anything, "cut": anything, "grep": anything, "egrep": anything, "fgrep": anything, "cmp": anything,
        "md5sum": anything, "sha256sum": anything, "find": withoutActions,
    ]

    /// Long options may be shortened to any beginning, so only two whole ones are known; short ones may stand together.
    private static let withoutFollowing: Check = { arguments in
        arguments.first { argument in
            if argument.hasPrefix("--") { return argument != "--" && !argument.hasPrefix("--lines=") && !argument.hasPrefix("--bytes=") }
            return argument.hasPrefix("-") && argument.contains { "fF".contains($0) }
        }
    }

    /// Anything else could set the clock.
    private static let onlyAFormat: Check = { arguments in arguments.first { !$0.hasPrefix("+") && $0 != "-u" } }

    /// `find` takes no shortened names.
    private static let withoutActions: Check = { arguments in
        arguments.first { argument in ["-delete", "-exec", "-ok", "-fprint", "-fls"].contains { argument.hasPrefix($0) } }
    }

    /// Only the subcommand directly behind `git`: options before it can name programs to run.
    private static func judgeGit(_ arguments: [String]) -> Judgement {
        guard let subcommand = arguments.first else { return .unknown("\"git\" without a subcommand") }
        let rest = Array(arguments.dropFirst())
        guard ["status", "diff", "log", "show", "rev-parse", "ls-files", "shortlog", "describe", "blame"].contains(subcommand) else {
            return .unknown("\"git \(subcommand)\" is not on the list of plainly read-only programs")
        }
        // Shortened to any beginning a long option still works; "--no-index" compares files anywhere.
        let risky = ["--output", "--ext-diff", "--textconv", "--open-files-in-pager", "--upload-pack", "--exec", "--no-index"]
        let offence = rest.first { argument in
            let name = argument.prefix { $0 != "=" }
            if argument.hasPrefix("-O") { return true }
            return argument.hasPrefix("--") && name.count > 2 && risky.contains { $0.hasPrefix(name) || name.hasPrefix($0) }
        }
        if let offence {
            return .unknown("\"git \(subcommand) \(offence)\" can do more than read")
        }
        if let secret = rest.first(where: isSecret) { return .unknown("\"\(secret)\" may hold secrets") }
        return .reads
    }

    private static func isSecret(_ argument: String) -> Bool {
        // Behind an option's "=" and git's "HEAD:" there are names as well.
        let name = argument.split { "/:=".contains($0) }.last.map(String.init) ?? argument
        if name == ".env" || (name.hasPrefix(".env.") && name != ".env.example") { return true }
        if name.hasSuffix(".pem") || name.hasSuffix(".key") || name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519") { return true }
        return [".ssh", ".aws", ".gnupg", ".netrc", ".npmrc", ".pypirc", "/etc/shadow", "/etc/sudoers", ".git-credentials"].contains {
            argument.contains($0)
        }
            || (argument.hasPrefix("/proc/") && argument.hasSuffix("/environ"))
    }
}
