/// Words and phrases of the grammar that several kinds of request share. All lower case.
enum Vocabulary {
    /// Words that change nothing about which files are meant.
    static let filler: Set<String> = [
        "the", "a", "an", "all", "any", "every", "each", "of", "these", "those", "this", "that", "my", "our", "your", "me", "us", "do",
        "does",
        "did", "has", "have", "is", "are", "there", "which", "what", "it's", "there's", "with", "having", "exist", "exists", "existing",
        "present", "current", "working", "currently", "you", "we", "i", "and", "or", "both", "see", "please", "available", "inside", "can",
        "to",
        "many", "number", "count", "total", "in", "list", "names", "together", "overall", "them", "out", "up", "whole", "entire", "root",
    ]

    static let prepositions: Set<String> = ["in", "under", "inside", "within", "below", "from", "at", "of", "for", "into"]

    /// Prepositions that separate a text that is searched from the place.
    static let inPlace: Set<String> = ["in", "under", "inside", "within", "below", "across", "throughout"]

    static let previous = [
        "that file", "the same file", "this file", "the new file", "the created file", "the first file", "the first one",
        "the file it made",
        "that one", "it", "its",
    ]

    static func isPrevious(_ words: PromptWords) -> Bool {
        var words = words
        return words.takeAny(previous) != nil
    }

    static let byLines = [
        "by number of lines", "by the number of lines", "by line count", "by lines of code", "by lines", "by length", "by line", "in lines",
        "lines of code",
    ]

    static let bySize = [
        "by file size", "by size in bytes", "by size", "by bytes", "in bytes", "on disk", "in size", "bytes",
    ]

    static let naming = [
        "named", "called", "with the name", "with name", "matching the pattern", "that match the pattern", "matching", "that match",
        "whose name contains", "whose names contain", "whose name includes", "whose names include", "whose name matches",
        "whose names match", "with names like", "with a name like", "ending in", "ending with", "that end in", "that end with",
        "starting with", "beginning with", "that start with", "that begin with", "with extension", "with the extension",
        "with file extension", "containing", "with",
    ]

    static func superlative(_ word: String) -> (isAscending: Bool, measure: Ranking.Measure?)? {
        switch word {
        case "longest": (false, .lines)
        case "shortest": (true, .lines)
        case "most": (false, nil)
        case "fewest": (true, nil)
        case "largest", "biggest", "heaviest": (false, nil)
        case "smallest", "tiniest": (true, nil)
        default: nil
        }
    }

    /// Words in front of a request that do not belong to it; longer phrases before their own beginnings.
    static let openings = [
        "i would like you to", "i'd like you to", "i want you to", "i need you to", "i would like to", "i'd like to", "i want to",
        "i need to",
        "could you please", "can you please", "would you please", "will you please", "could you", "can you", "would you", "will you",
        "can i",
        "would you mind", "help me to", "help me", "go ahead and", "go ahead", "let us", "let's", "lets", "please", "kindly", "just", "now",
        "hey", "hi", "hello", "ok", "okay", "well", "so", "apus", "also", "and", "but", "next", "finally", "lastly", "afterwards",
        "firstly",
        "secondly", "quickly", "simply",
    ]

    static let closings = [
        "as well", "please", "thanks", "thank you", "thank you very much", "many thanks", "for me", "now", "too", "right now", "if you can",
        "if possible", "again", "afterwards", "briefly", "quickly", "to me",
    ]

    /// Words that can begin a request; "and" in front of one may begin the next step.
    static let verbs: Set<String> = [
        "list", "ls", "show", "display", "print", "cat", "read", "open", "view", "find", "locate", "search", "grep", "look", "count", "run",
        "execute", "create", "make", "write", "save", "add", "replace", "change", "substitute", "summarise", "summarize", "outline",
        "describe",
        "git", "tell", "give", "which", "what", "what's", "where", "how", "rank", "wc", "get", "commit", "delete", "remove", "fix",
        "explain",
    ]
}
