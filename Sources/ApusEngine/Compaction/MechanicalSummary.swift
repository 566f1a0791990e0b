import ApusBase
import ApusCore

/// What can be told of a conversation without a model: what the user asked for, what was called, what was said last. Pure.
enum MechanicalSummary {
    private static let promptCharacters = 1_000
    private static let promptsCharacters = 16_000
    private static let earlierCharacters = 16_000
    private static let answerCharacters = 4_000
    private static let maximumFiles = 100

    static func text(of entries: [TranscriptEntry], after earlier: Compaction?) -> String {
        var parts = [
            "Earlier messages were left out here, because no summary of them could be had. What follows was put together by machine."
        ]
        if let earlier { parts.append("[summary of what came before]\n" + bounded(earlier.summary, earlierCharacters)) }
        let responses = entries.compactMap { entry -> Response? in if case .response(let response) = entry { response } else { nil } }
        let prompts = entries.compactMap { entry -> String? in
            if case .user(_, _, let text, _) = entry { "- " + bounded(text, promptCharacters) } else { nil }
        }
        if !prompts.isEmpty {
            parts.append("[prompts of the user, oldest first]\n" + bounded(prompts.joined(separator: "\n"), promptsCharacters))
        }
        if let calls = calls(in: responses) { parts.append("[tool calls]\n" + calls) }
        if let files = files(in: responses) { parts.append("[files that were read or changed, newest last]\n" + files) }
        if let answer = responses.last(where: { !$0.text.isEmpty })?.text {
            parts.append("[what the agent said last]\n" + bounded(answer, answerCharacters))
        }
        return parts.joined(separator: "\n\n")
    }

    private static func calls(in responses: [Response]) -> String? {
        var names: [String] = []
        var counts: [String: Int] = [:]
        for call in responses.flatMap(\.calls) {
            if counts[call.name] == nil { names.append(call.name) }
            counts[call.name, default: 0] += 1
        }
        return names.isEmpty ? nil : names.map { "- \($0): \(counts[$0] ?? 0)" }.joined(separator: "\n")
    }

    private static func files(in responses: [Response]) -> String? {
        var paths: [String] = []
        for path in responses.flatMap(\.outcomes).flatMap(\.files).map(\.path).reversed() where !paths.contains(path) {
            if paths.count == maximumFiles { break }
            paths.append(path)
        }
        return paths.isEmpty ? nil : paths.reversed().map { "- \($0)" }.joined(separator: "\n")
    }

    private static func bounded(_ text: String, _ limit: Int) -> String {
        var bounded = BoundedText(limit: limit)
        bounded.append(text)
        return bounded.rendered()
    }
}
