/// Proves that a command only reads, without a shell parser: one program of a short list, its words plain or in single quotes.
/// Whatever needs a shell to be understood is not proven.
package enum PlainCommand {
    package enum Judgement: Hashable, Sendable {
        case reads
        case unknown(String)
    }

    package static func judge(_ command: String) -> Judgement {
        let words: [String]
        switch split(command) {
        case .words(let found): words = found
        case .syntax(let what): return .unknown("\(what) needs a shell to be understood")
        }
        guard let program = words.first else { return .unknown("an empty command") }
        let arguments = Array(words.dropFirst())
        if program == "git" { return judgeGit(arguments) }
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
        // A first word with "=" is an assignment, and "~" or "%" at a word's start are the shell's.
        if let first = words.first, first.contains("=") { return .syntax("an assignment") }
        return .words(words)
    }

    /// The first argument that makes a program more than a reader; `nil` when there is none.
    private typealias Check = @Sendable ([String]) -> String?

    private static let anything: Check = { _ in nil }

    private static let readers: [String: Check] = [
        "cat": anything, "head": anything, "tail": refusing(prefixes: ["-f", "-F", "--follow", "--retry"]), "wc": anything,
        "ls": anything, "stat": anything, "du": anything, "df": anything, "pwd": anything, "date": refusing(prefixes: ["-s", "--set"]),
        "uname": anything, "whoami": anything, "id": anything, "nproc": anything, "basename": anything, "dirname": anything,
        "realpath": anything, "readlink": anything, "echo": anything, "true": anything, "false": anything, "nl": anything,
        "cut": anything, "grep": anything, "egrep": anything, "fgrep": anything, "cmp": anything, "md5sum": anything,
        "sha256sum": anything, "file": refusing(prefixes: ["-C", "--compile"]),
        "sort": refusing(prefixes: ["-o", "--output", "--compress", "-T"], clusters: "o"),
        "find": refusing(prefixes: ["-delete", "-exec", "-ok", "-fprint", "-fls"]),
    ]

    private static func refusing(prefixes: [String], clusters: String = "") -> Check {
        { arguments in
            arguments.first { argument in
                if prefixes.contains(where: { argument.hasPrefix($0) }) { return true }
                guard argument.hasPrefix("-"), !argument.hasPrefix("--") else { return false }
                return argument.contains { clusters.contains($0) }
            }
        }
    }

    /// Only the subcommand directly behind `git`: options before it can name programs to run.
    private static func judgeGit(_ arguments: [String]) -> Judgement {
        guard let subcommand = arguments.first else { return .unknown("\"git\" without a subcommand") }
        let rest = Array(arguments.dropFirst())
        guard ["status", "diff", "log", "show", "rev-parse", "ls-files", "shortlog", "describe", "blame"].contains(subcommand) else {
            return .unknown("\"git \(subcommand)\" is not on the list of plainly read-only programs")
        }
        let risky = ["--output", "--ext-diff", "--textconv", "--open-files-in-pager", "-O", "--upload-pack", "--exec"]
        if let offence = rest.first(where: { argument in risky.contains { argument.hasPrefix($0) } }) {
            return .unknown("\"git \(subcommand) \(offence)\" can do more than read")
        }
        return .reads
    }

    private static func isSecret(_ argument: String) -> Bool {
        let name = argument.split(separator: "/").last.map(String.init) ?? argument
        if name == ".env" || (name.hasPrefix(".env.") && name != ".env.example") { return true }
        if name.hasSuffix(".pem") || name.hasSuffix(".key") || name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519") { return true }
        return [".ssh", ".aws", ".gnupg", ".netrc", ".npmrc", ".pypirc", "/etc/shadow", "/etc/sudoers", ".git-credentials"].contains {
            argument.contains($0)
        }
            || (argument.hasPrefix("/proc/") && argument.hasSuffix("/environ"))
    }
}
