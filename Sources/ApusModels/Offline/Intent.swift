/// One step of what a prompt asks for, with everything the step needs. Made by ``IntentParser``, carried out by ``Plan``.
enum Intent: Hashable, Sendable {
    case help
    /// The entries of one folder; `nil` is the working directory.
    case list(folder: String?)
    case find(FileQuery)
    case countFiles(FileQuery)
    case countLines(LineTarget)
    case rank(Ranking)
    case read(FileReference, LineSpan)
    case summarise(FileReference)
    case search(TextSearch)
    case git(GitQuestion)
    /// A command exactly as the user quoted it.
    case run(String)
    case create(path: String, content: String)
    case replace(Replacement)
    /// The kind of step was recognised, but something is missing or doubtful; the sentence says what. Nothing is done.
    case unclear(String)
    case unknown

    /// Whether the step is one that can be carried out.
    var isUnderstood: Bool {
        switch self {
        case .unclear, .unknown: false
        default: true
        }
    }

    /// Whether the step may change something. A prompt that was cut must not lead to such a step.
    var isChange: Bool {
        switch self {
        case .run, .create, .replace: true
        default: false
        }
    }
}

/// A file that a step is about.
enum FileReference: Hashable, Sendable {
    case named(String)
    /// "it", "that file": what an earlier step was about.
    case previous
}

/// A set of files, described by glob patterns below a folder.
struct FileQuery: Hashable, Sendable {
    /// Never empty; `**/*` means every file.
    var patterns: [String] = [FileQuery.everything]
    var folder: String?
    /// Goes before "files" in an answer: "Swift".
    var kind = ""

    static let everything = "**/*"

    var isEverything: Bool { patterns == [FileQuery.everything] }
}

enum LineTarget: Hashable, Sendable {
    case file(FileReference)
    case files(FileQuery)
}

/// Files in order of their length or size.
struct Ranking: Hashable, Sendable {
    enum Measure: Hashable, Sendable {
        case lines
        case bytes
    }

    var files = FileQuery()
    var measure: Measure
    var limit = Ranking.usualLimit
    /// The shortest or smallest are asked for.
    var isAscending = false

    static let usualLimit = 10
}

/// Which lines of a file are asked for; numbers begin at 1.
enum LineSpan: Hashable, Sendable {
    case all
    case first(Int)
    case last(Int)
    case range(Int, Int)
}

struct TextSearch: Hashable, Sendable {
    var text: String
    /// `text` is a regular expression; otherwise it is looked for as it stands.
    var isPattern = false
    var ignoresCase = false
    /// A file or folder.
    var place: String?
    /// Only files that match this glob.
    var fileGlob: String?
    var want: Want = .lines

    enum Want: Hashable, Sendable {
        case lines
        case files
        /// Lines that declare the name; every use when there is none.
        case declarations
    }
}

enum GitQuestion: Hashable, Sendable {
    case status
    case difference(isStaged: Bool, path: String?)
    case log(limit: Int)
}

struct Replacement: Hashable, Sendable {
    var old: String
    var new: String
    var file: FileReference
    /// Every occurrence; otherwise the text must occur once.
    var isEverywhere = false
}
