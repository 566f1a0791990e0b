/// What a phrase such as "the 5 longest Swift files in Sources" says, word by word.
///
/// The phrase is read strictly: one word that is not understood makes the whole phrase not understood, because an answer to only
/// part of a question ("files changed yesterday") would be a wrong answer. The order of words is free.
struct FilePhrase: Hashable, Sendable {
    var kinds: [String] = []
    var extensions: [String] = []
    var globs: [String] = []
    var folder: String?
    /// Tokens that name a place or file without a preposition.
    var bare: [PromptToken] = []
    var isSuperlative = false
    var isAscending = false
    var measure: Ranking.Measure?
    var limit: Int?
    var mentionsFiles = false
    var mentionsOneFile = false
    var mentionsFolder = false
    var mentionsContents = false
    var mentionsLines = false
    var mentionsPlace = false
    var isRecursive = false
    var isAboutPrevious = false

    var hasPattern: Bool { !extensions.isEmpty || !globs.isEmpty }

    /// The set of files meant; `nil` when it names places in more than one way.
    var query: FileQuery? {
        guard bare.count <= 1, bare.isEmpty || folder == nil else { return nil }
        var patterns = globs
        var seen: Set<String> = []
        for name in extensions where seen.insert(name).inserted { patterns.append("**/*.\(name)") }
        var query = FileQuery()
        if !patterns.isEmpty { query.patterns = patterns }
        query.folder = folder ?? bare.first.map(\.text)
        query.kind = kinds.joined(separator: " and ")
        return query
    }

    /// More words than a question about files has.
    static let maximumWords = 60

    /// `nil` when a word is not understood.
    static func parse(_ words: PromptWords) -> FilePhrase? {
        guard words.count <= maximumWords else { return nil }
        var reader = FilePhraseReader(words: words)
        return reader.read() ? reader.phrase : nil
    }
}
