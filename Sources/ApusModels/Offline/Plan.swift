import ApusBase
import ApusCore

/// Carries out the steps of a prompt, as far as the results at hand allow.
///
/// A plan keeps nothing between responses: it is run from the beginning each time, takes the results that are there in the order
/// in which they came, and stops where one is missing. So a resumed session, a retry and a first run are the same thing.
struct Plan {
    enum Move: Hashable, Sendable {
        /// Independent calls, to be made side by side.
        case calls([PlannedCall])
        case answer(String)
    }

    /// What a step came to.
    struct Outcome: Hashable, Sendable {
        var text: String
        /// What "it" means for the steps behind, the most fitting first.
        var files: [String] = []
    }

    /// Why a step cannot go on.
    enum Halt: Error, Hashable, Sendable {
        case needs([PlannedCall])
        /// A sentence for the user; later steps are not done.
        case failure(String)
    }

    /// Responses to one prompt after which the planner gives up rather than ask again.
    static let maximumRounds = 80

    let conversation: OfflineConversation
    private let parsed: IntentParser.Parsed
    private var open: [OfflineConversation.Exchange]
    var previousFile: String?

    init(_ conversation: OfflineConversation) {
        self.conversation = conversation
        parsed = IntentParser.parse(conversation.prompt)
        open = conversation.exchanges
        previousFile = conversation.earlierFile
    }

    /// What to do now. Total, and the same for the same conversation.
    mutating func move() -> Move {
        if conversation.rounds >= Plan.maximumRounds {
            return .answer("I stopped: \(Plan.maximumRounds) rounds of tool calls did not bring this to an end.")
        }
        if let refusal = refusal { return .answer(refusal) }
        var parts: [String] = []
        for (index, step) in parsed.steps.enumerated() {
            switch attempt(step.intent) {
            case .success(let outcome):
                parts.append(outcome.text)
                if let file = outcome.files.first { previousFile = file }
            case .failure(.needs(let calls)):
                return .calls(calls)
            case .failure(.failure(let sentence)):
                let left = parsed.steps.count - index - 1
                let rest = left == 0 ? [] : ["I stopped there: \(Answer.count(left, "later step")) \(left == 1 ? "was" : "were") not done."]
                return .answer(answer(parts + [sentence] + rest))
            }
        }
        return .answer(answer(parts))
    }

    private func answer(_ parts: [String]) -> String {
        var parts = parts
        if parsed.wasCut { parts.append("I looked only at the first \(IntentParser.maximumBytes >> 10) KiB of the prompt.") }
        return parts.joined(separator: "\n\n")
    }

    /// Why nothing of the prompt is done at all, if so.
    private var refusal: String? {
        if parsed.wasCut, parsed.steps.contains(where: \.intent.isChange) {
            return
                "The prompt is longer than the \(IntentParser.maximumBytes >> 10) KiB that I look at, so I changed nothing and ran nothing."
        }
        guard let position = parsed.steps.firstIndex(where: { !$0.intent.isUnderstood }) else { return nil }
        let isOne = parsed.steps.count == 1
        let nothing = isOne ? "" : "\n\nI did none of the \(parsed.steps.count) steps, because I did not understand all of them."
        switch parsed.steps[position].intent {
        case .unclear(let sentence): return sentence + nothing
        default:
            let cut = parsed.wasCut ? "I looked only at the first \(IntentParser.maximumBytes >> 10) KiB of the prompt.\n\n" : ""
            if isOne { return cut + Answer.notUnderstood }
            let step = Answer.shortened(parsed.steps[position].text)
            return "\(cut)I did not understand step \(position + 1), “\(step)”.\(nothing)\n\n\(Answer.help)"
        }
    }

    private mutating func attempt(_ intent: Intent) -> Result<Outcome, Halt> {
        do throws(Halt) {
            return .success(try perform(intent))
        } catch {
            return .failure(error)
        }
    }

    private mutating func perform(_ intent: Intent) throws(Halt) -> Outcome {
        switch intent {
        case .help: Outcome(text: Answer.help)
        case .list(let folder): try list(folder)
        case .find(let query): try find(query)
        case .countFiles(let query): try countFiles(query)
        case .countLines(.file(let file)): try countLines(of: file)
        case .countLines(.files(let query)): try countLines(in: query)
        case .rank(let ranking): try rank(ranking)
        case .read(let file, let span): try read(file, span)
        case .summarise(let file): try summarise(file)
        case .search(let search): try find(search)
        case .git(let question): try git(question)
        case .run(let command): try run(command)
        case .create(let path, let content): try create(path, content)
        case .replace(let replacement): try replace(replacement)
        case .unclear(let sentence): throw .failure(sentence)
        case .unknown: throw .failure(Answer.notUnderstood)
        }
    }

    // MARK: Results

    func offers(_ tool: PlannedCall.Tool) -> Bool { conversation.tools.contains(tool.rawValue) }

    /// The results of calls that do not depend on each other, in the same order.
    mutating func results(of calls: [PlannedCall]) throws(Halt) -> [ModelToolResult] {
        for call in calls where !offers(call.tool) {
            throw .failure("For this I need the tool \(call.tool.rawValue), which is not offered in this session.")
        }
        if let path = calls.lazy.compactMap(\.homePath).first {
            throw .failure("The tools do not know “~” and would take \(path) for a folder of that name. Write the whole path.")
        }
        var found: [ModelToolResult] = []
        var missing: [PlannedCall] = []
        for call in calls {
            if let result = take(call) { found.append(result) } else { missing.append(call) }
        }
        guard missing.isEmpty else { throw .needs(missing) }
        return found
    }

    /// The text of a call that worked; a failed one ends the step.
    mutating func text(of call: PlannedCall) throws(Halt) -> String {
        let result = try results(of: [call])[0]
        guard !result.isError else { throw .failure(Answer.failed(result)) }
        return result.text
    }

    /// A repeated call takes the next of its results, not the first again.
    private mutating func take(_ call: PlannedCall) -> ModelToolResult? {
        guard let position = open.firstIndex(where: { $0.call.name == call.tool.rawValue && $0.call.input == .object(call.input) }) else {
            return nil
        }
        return open.remove(at: position).result
    }

    /// The path that a reference stands for.
    func path(of reference: FileReference) throws(Halt) -> String {
        switch reference {
        case .named(let name): return name
        case .previous:
            guard let previousFile else { throw .failure("I do not know which file is meant; name it.") }
            return previousFile
        }
    }

    /// Relative to the working directory where that is known and contains the path.
    func shown(_ path: String) -> String {
        guard let directory = conversation.workingDirectory, path.hasPrefix(directory) else { return path }
        let rest = path.dropFirst(directory.count)
        if rest.isEmpty { return "." }
        return rest.hasPrefix("/") ? String(rest.dropFirst()) : path
    }
}
