/// Questions about the state and the past of the repository.
extension IntentParser {
    func git(_ words: PromptWords) -> Intent? {
        var words = words
        if words.take("git") { return gitCommand(words) }
        return gitQuestion(words)
    }

    private func gitCommand(_ words: PromptWords) -> Intent? {
        var words = words
        let doubt = Intent.unclear("Of git I know status, diff and log. Quote any other command: run \"git show HEAD\".")
        if words.take("status") { return words.isAtEndOfGit ? .git(.status) : doubt }
        if words.take("diff") {
            let isStaged = words.takeAny(["--staged", "--cached"]) != nil
            _ = words.takeAny(["--", "of", "for", "in"])
            if words.isAtEnd { return .git(.difference(isStaged: isStaged, path: nil)) }
            guard let token = words.takeToken(), token.looksLikePath || token.looksLikeFile, words.isAtEnd else { return doubt }
            return .git(.difference(isStaged: isStaged, path: token.fileName))
        }
        if words.takeAny(["log", "history", "commits"]) != nil {
            if words.isAtEndOfGit { return .git(.log(limit: 10)) }
            if words.takeAny(["-n", "--oneline -n", "last"]) != nil, let limit = words.takeNumber(), words.isAtEndOfGit {
                return .git(.log(limit: limit))
            }
            if let word = words.word, word.hasPrefix("-"), let limit = PromptWords.number(String(word.drop { $0 == "-" || $0 == "n" })) {
                return words.count == 1 ? .git(.log(limit: limit)) : doubt
            }
            return words.take("--oneline") && words.isAtEnd ? .git(.log(limit: 10)) : doubt
        }
        return doubt
    }

    /// A bag of known words with one that names the question.
    private func gitQuestion(_ words: PromptWords) -> Intent? {
        var kinds: Set<String> = []
        var limit: Int?
        var path: String?
        var isStaged = false
        var isRecent = false
        for (offset, token) in words.tokens.enumerated() {
            let word = token.folded
            if token.kind == .word, let kind = IntentParser.gitNouns[word] {
                kinds.insert(kind)
            } else if token.kind == .word, word == "git" {
                continue
            } else if token.kind == .word, IntentParser.recentWords.contains(word) {
                isRecent = true
            } else if token.kind == .word, IntentParser.gitFiller.contains(word) {
                continue
            } else if token.kind == .word, word == "staged" || word == "cached" {
                isStaged = true
            } else if token.kind == .word, let number = PromptWords.number(word), limit == nil {
                limit = number
            } else if offset > 0, token.looksLikeFile || token.looksLikePath, path == nil {
                path = token.fileName
            } else {
                return nil
            }
        }
        return question(kinds, isRecent: isRecent, limit: limit, path: path, isStaged: isStaged, verb: words.word)
    }

    private func question(
        _ kinds: Set<String>, isRecent: Bool, limit: Int?, path: String?, isStaged: Bool, verb: String?
    ) -> Intent? {
        // "Commit my changes" is an order, "the changes of the last commit" another question.
        if kinds.contains("log") || kinds.contains("one") && isRecent {
            guard path == nil, kinds.isSubset(of: ["log", "one"]) else { return nil }
            return .git(.log(limit: limit ?? (kinds.contains("log") ? 10 : 1)))
        }
        guard limit == nil, !kinds.contains("one"), !isRecent else { return nil }
        let asksToSee = verb == "show" || verb == "display" || verb == "print" || verb == "see" || verb == "view"
        if kinds.contains("diff") || path != nil && kinds.contains("change") || isStaged || asksToSee && kinds == ["change"] {
            guard !kinds.contains("status"), !kinds.isEmpty || isStaged else { return nil }
            return .git(.difference(isStaged: isStaged, path: path))
        }
        guard path == nil, !kinds.isEmpty else { return nil }
        // "Status" alone could be about anything else, but nothing else here has one.
        return kinds.isSubset(of: ["status", "change", "branch", "clean"]) ? .git(.status) : nil
    }

    private static let gitNouns: [String: String] = [
        "status": "status", "diff": "diff", "diffs": "diff", "difference": "diff", "differences": "diff", "log": "log", "history": "log",
        "commits": "log", "commit": "one", "changes": "change", "changed": "change", "modified": "change", "modifications": "change",
        "uncommitted": "change", "unstaged": "change", "dirty": "change", "branch": "branch", "clean": "clean", "untracked": "change",
    ]

    private static let recentWords: Set<String> = ["latest", "recent", "last", "newest"]

    private static let gitFiller: Set<String> = [
        "show", "me", "the", "what", "what's", "which", "is", "are", "has", "have", "my", "our", "current", "currently", "working", "tree",
        "repo",
        "repository", "repository's", "of", "in", "this", "here", "project", "display", "print", "see", "view", "give", "list", "check",
        "get",
        "files", "file", "most", "been", "were", "was", "there", "any", "do", "i", "we", "a", "on", "am", "to",
        "for", "from", "local", "directory", "tell", "us", "all", "get", "it", "summary",
    ]
}

extension PromptWords {
    fileprivate var isAtEndOfGit: Bool {
        var rest = self
        rest.skip(["of", "this", "the", "repo", "repository", "project", "here", "output", "commits", "entries"])
        return rest.isAtEnd
    }
}
