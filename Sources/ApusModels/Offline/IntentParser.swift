/// Turns a prompt into steps.
///
/// The grammar is strict where it counts: a step is understood only if every word of it is, and a prompt only if every step is.
/// So a request that merely resembles a known one is answered with what the planner can do, never with half of it. Cost is linear
/// in the prompt but for "and" and sentence ends, which are tried as step ends within short prompts only.
struct IntentParser {
    /// More of a prompt is not looked at.
    static let maximumBytes = 64 << 10
    static let maximumSteps = 20
    /// Soft step ends ("and", a full stop) tried in one step.
    static let maximumSoftEnds = 12
    static let maximumSoftTokens = 120

    let scalars: [Unicode.Scalar]
    /// Whether the prompt is a single step, so that content may be written without quotes.
    private(set) var isSingleStep = true

    struct Parsed: Hashable, Sendable {
        struct Step: Hashable, Sendable {
            var intent: Intent
            /// The user's words.
            var text: String
        }

        var steps: [Step]
        /// The prompt was longer than ``IntentParser/maximumBytes``.
        var wasCut = false
    }

    static func parse(_ prompt: String) -> Parsed {
        let (text, wasCut) = cut(prompt)
        let (tokens, scalars) = PromptLexer.tokens(of: text)
        var parser = IntentParser(scalars: scalars)
        let clauses = parser.hardSteps(tokens)
        parser.isSingleStep = clauses.count == 1
        var steps: [Parsed.Step] = []
        for clause in clauses.prefix(maximumSteps + 1) { steps += parser.softSteps(clause) }
        if steps.count > maximumSteps {
            let sentence = "These are more than \(maximumSteps) steps; ask for fewer at a time."
            steps = [Parsed.Step(intent: .unclear(sentence), text: "")]
        }
        if steps.isEmpty { steps = [Parsed.Step(intent: .unknown, text: "")] }
        return Parsed(steps: steps, wasCut: wasCut)
    }

    private static func cut(_ prompt: String) -> (String, Bool) {
        guard prompt.utf8.count > maximumBytes else { return (prompt, false) }
        var end = prompt.utf8.index(prompt.utf8.startIndex, offsetBy: maximumBytes)
        while end > prompt.startIndex, end.samePosition(in: prompt.unicodeScalars) == nil { end = prompt.utf8.index(before: end) }
        return (String(prompt[..<end]), true)
    }

    private func text(of tokens: ArraySlice<PromptToken>) -> String {
        guard let first = tokens.first, let last = tokens.last else { return "" }
        return text(in: first.range.lowerBound..<last.range.upperBound)
    }

    func text(in range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    // MARK: Steps

    /// Cuts at semicolons and at "then".
    private func hardSteps(_ tokens: [PromptToken]) -> [ArraySlice<PromptToken>] {
        var result: [ArraySlice<PromptToken>] = []
        var start = tokens.startIndex
        var index = start
        func close(at end: Int) {
            var clause = tokens[start..<end]
            while let last = clause.last, last.kind == .word, last.folded == "and" { clause = clause.dropLast() }
            if !clause.isEmpty { result.append(clause) }
        }
        while index < tokens.endIndex {
            let token = tokens[index]
            var length = 0
            if token.kind == .separator || token.kind == .word && (token.folded == "then" || token.folded == "afterwards") {
                length = 1
            } else if token.kind == .word, token.folded == "after", index + 1 < tokens.endIndex, tokens[index + 1].folded == "that" {
                length = 2
            }
            if length > 0 {
                close(at: index)
                start = index + length
                index = start
            } else {
                index += 1
            }
        }
        close(at: tokens.endIndex)
        return result
    }

    /// The clause as one step, or cut at "and" and at sentence ends if all of the parts are understood.
    private func softSteps(_ clause: ArraySlice<PromptToken>) -> [Parsed.Step] {
        let lineEnds = clause.count > IntentParser.maximumSoftTokens ? [] : sentenceEnds(in: clause)
        if !lineEnds.isEmpty, let steps = steps(of: clause, cutAt: lineEnds) { return steps }
        let whole = Parsed.Step(intent: intent(of: clause), text: text(of: clause))
        if whole.intent.isUnderstood || clause.count > IntentParser.maximumSoftTokens { return [whole] }
        let ends = softEnds(in: clause)
        return steps(of: clause, cutAt: ends) ?? [whole]
    }

    /// `nil` when no way of cutting makes all parts understood.
    private func steps(of clause: ArraySlice<PromptToken>, cutAt ends: [(stop: Int, next: Int)]) -> [Parsed.Step]? {
        guard !ends.isEmpty, ends.count <= IntentParser.maximumSoftEnds else { return nil }
        var starts = [clause.startIndex]
        for end in ends { starts.append(end.next) }
        // From the back: how the rest from each start can be understood, with the fewest steps first.
        var best: [Int: [Parsed.Step]] = [clause.endIndex: []]
        for (position, start) in starts.enumerated().reversed() {
            let stops = [(clause.endIndex, clause.endIndex)] + ends.dropFirst(position).reversed().map { ($0.stop, $0.next) }
            for (stop, next) in stops where stop > start && !(start == clause.startIndex && stop == clause.endIndex) {
                guard let rest = best[next] else { continue }
                var part = self
                part.isSingleStep = false
                let intent = part.intent(of: clause[start..<stop])
                guard intent.isUnderstood else { continue }
                best[start] = [Parsed.Step(intent: intent, text: text(of: clause[start..<stop]))] + rest
                break
            }
        }
        return best[clause.startIndex]
    }

    /// Ends of sentences and lines inside the clause.
    private func sentenceEnds(in clause: ArraySlice<PromptToken>) -> [(stop: Int, next: Int)] {
        clause.indices.dropFirst().filter { clause[$0 - 1].endsSentence }.map { ($0, $0) }
    }

    private func softEnds(in clause: ArraySlice<PromptToken>) -> [(stop: Int, next: Int)] {
        var ends: [(stop: Int, next: Int)] = []
        for index in clause.indices.dropFirst() {
            let token = clause[index]
            if token.kind == .word, token.folded == "and" || token.folded == "also", index + 1 < clause.endIndex {
                let next = clause[index + 1]
                if next.kind == .word, Vocabulary.verbs.contains(next.folded) || next.folded == "also" { ends.append((index, index + 1)) }
            } else if clause[index - 1].endsSentence {
                ends.append((index, index))
            }
        }
        return ends
    }

    // MARK: One step

    private func intent(of clause: ArraySlice<PromptToken>) -> Intent {
        var words = PromptWords(clause)
        let isHelp = Vocabulary.isHelp(words)
        stripOpenings(&words)
        stripClosings(&words)
        if words.isAtEnd { return clause.isEmpty || !isHelp ? .unknown : .help }
        if isHelp || Vocabulary.isHelp(words) { return .help }
        var doubt: Intent?
        for read in [run, create, replace, git, search, countLines, fileSet, summarise, read, looseSearch] as [(PromptWords) -> Intent?] {
            guard let intent = read(words) else { continue }
            if intent.isUnderstood { return intent }
            if doubt == nil { doubt = intent }
        }
        return doubt ?? .unknown
    }

    private func stripOpenings(_ words: inout PromptWords) {
        while true {
            if words.takeAny(Vocabulary.openings) != nil { continue }
            // "First" opens a list of steps, "first 10 lines" does not.
            if words.word == "first" || words.word == "second", let next = words.word(at: 1), Vocabulary.verbs.contains(next) {
                _ = words.takeToken()
                continue
            }
            return
        }
    }

    private func stripClosings(_ words: inout PromptWords) {
        stripping: while true {
            for closing in Vocabulary.closings {
                let length = closing.split(separator: " ").count
                guard words.count > length else { continue }
                var tail = words.suffix(from: words.count - length)
                if tail.take(closing) {
                    words.dropLast(length)
                    continue stripping
                }
            }
            return
        }
    }
}

extension Vocabulary {
    /// Questions about the planner itself, and greetings.
    static func isHelp(_ words: PromptWords) -> Bool {
        helpPhrases.contains { phrase in
            var rest = words
            guard rest.take(phrase) else { return false }
            rest.skip(["please", "me", "there", "apus", "here", "today", "now"])
            return rest.isAtEnd
        }
    }

    private static let helpPhrases = [
        "help", "what can you do", "what do you do", "who are you", "what are you", "how do you work", "how does this work", "hi", "hello",
        "hey", "good morning", "good evening", "which model are you", "what model are you", "which model is this", "what model is this",
        "what can i ask", "what can i ask you", "commands", "usage", "?",
    ]
}
