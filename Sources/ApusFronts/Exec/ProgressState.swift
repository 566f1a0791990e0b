import ApusBase
package import ApusCore

/// What a run is doing, in one line for whoever waits at a terminal. Events in, a line out; it knows no terminal and no clock.
package struct ProgressState: Hashable, Sendable {
    private enum Activity: Hashable {
        case starting
        case waiting
        case thinking
        case writing
        case preparingCall
        case compacting
        case waitingToRetry(until: Timestamp, attempt: Int)
        case ended
    }

    private struct RunningCall: Hashable {
        var id: CallID
        /// The tool and its subject, safe to show.
        var label: String
    }

    private let startedAt: Timestamp
    private var activity = Activity.starting
    private var model = ""
    /// Calls of the current response, by what they are about; most never run.
    private var announced: [CallID: String] = [:]
    private var running: [RunningCall] = []
    private var usage = Usage.zero
    /// Written by the response that still streams; its tokens are not counted by anyone yet.
    private var streamedBytes = 0

    package init(startedAt: Timestamp) {
        self.startedAt = startedAt
    }

    package mutating func receive(_ event: Event) {
        switch event.kind {
        case .turnStarted(_, let model):
            self.model = Self.shown(model)
            activity = .waiting
        case .responseStarted: activity = .waiting
        case .delta(let delta): receive(delta)
        case .itemFinished(let item):
            if case .toolCall(let call) = item.content { announced[call.id] = Self.label(for: call) }
        case .responseFinished(let end):
            usage = usage + end.usage
            streamedBytes = 0
            activity = .waiting
        case .retrying(let note):
            streamedBytes = 0
            activity = .waitingToRetry(until: event.time + Timestamp(note.delayMilliseconds), attempt: note.attempt)
        case .toolIntended(let intent):
            running.append(RunningCall(id: intent.call, label: announced[intent.call] ?? Self.shown(intent.tool)))
        case .toolFinished(let outcome):
            running.removeAll { $0.id == outcome.call }
            announced[outcome.call] = nil
            if running.isEmpty { activity = .waiting }
        case .noticed(.compacting): activity = .compacting
        case .contextCompacted: activity = .waiting
        case .turnFinished: activity = .ended
        case .sessionCreated, .sessionForked, .settingsChanged, .titleChanged, .turnQueued, .contextAdded, .userMessage,
            .itemInterrupted, .approvalAsked, .approvalAnswered, .accessGranted, .questionAsked, .questionAnswered, .filesSaved,
            .sessionArchived, .processStarted, .todosChanged, .noticed:
            break
        }
    }

    private mutating func receive(_ delta: Delta) {
        switch delta.channel {
        case .text: activity = .writing
        case .reasoning: activity = .thinking
        case .toolInput: activity = .preparingCall
        case .toolOutput: return
        }
        streamedBytes += delta.text.utf8.count
    }

    /// The line at a moment, at most `columns` wide; `nil` when there is nothing to tell any more.
    ///
    /// The elapsed time always shows, the tokens as long as the activity keeps a readable share of the line.
    package func line(at now: Timestamp, columns: Int) -> String? {
        guard let activity = activityText(at: now) else { return nil }
        let elapsed = Self.duration(max(0, now - startedAt))
        let tokens = tokenText
        let head = elapsed + "  "
        let room = columns - displayColumns(head)
        let tail = tokens.isEmpty ? "" : "  " + tokens
        if room - tail.utf8.count >= min(Self.readableColumns, displayColumns(activity)) {
            return head + cutForDisplay(activity, toColumns: room - tail.utf8.count) + tail
        }
        return cutForDisplay(head + cutForDisplay(activity, toColumns: max(room, 0)), toColumns: max(columns, 0))
    }

    /// Less of an activity tells nothing.
    private static let readableColumns = 20

    private func activityText(at now: Timestamp) -> String? {
        if activity == .ended { return nil }
        if let newest = running.last { return running.count == 1 ? newest.label : "(+\(running.count - 1) more) \(newest.label)" }
        switch activity {
        case .starting: return "Starting"
        case .waiting: return model.isEmpty ? "Waiting for the model" : "Waiting for \(model)"
        case .thinking: return "Thinking"
        case .writing: return "Writing"
        case .compacting: return "Summarising the conversation"
        case .preparingCall: return "Preparing a tool call"
        case .waitingToRetry(let until, let attempt):
            if until <= now { return "Trying again (retry \(attempt))" }
            return "Trying again in \((until - now + 999) / 1_000)s (retry \(attempt))"
        case .ended: return nil
        }
    }

    /// Nothing as long as nothing was counted: the offline planner has no tokens.
    private var tokenText: String {
        let input = usage.inputTokens + usage.cacheReadTokens + usage.cacheCreationTokens
        let estimate = streamedBytes / Self.bytesPerToken
        if model == Self.modelWithoutTokens || input + usage.outputTokens + estimate == 0 { return "" }
        let output = (estimate > 0 ? "~" : "") + Self.count(usage.outputTokens + estimate) + " out"
        return (input > 0 ? "\(Self.count(input)) in, " : "") + output
    }

    /// Of English text and of code, roughly; an estimate is marked as one.
    private static let bytesPerToken = 4
    private static let modelWithoutTokens = "offline"

    private static func label(for call: ToolCall) -> String {
        let subject = subjectMembers.lazy.compactMap { text(of: call.input[$0]) }.first { !$0.isEmpty } ?? ""
        return shown(subject.isEmpty ? call.name : "\(call.name) \(subject)")
    }

    private static func text(of value: JSONValue?) -> String? { value?.stringValue ?? value?.arrayValue?.first?.stringValue }

    /// In the order of what says most.
    private static let subjectMembers = ["command", "file_path", "pattern", "patterns", "url", "query", "path", "directory_path"]

    /// One line, without anything that steers a terminal; no line is longer than this.
    private static func shown(_ text: String) -> String {
        escapedForDisplay(String(text.prefix(500)), keepingNewlines: false)
    }

    /// `9s`, `3m 07s`, `1h 02m`.
    static func duration(_ milliseconds: Timestamp) -> String {
        let seconds = milliseconds / 1_000
        func two(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }
        if seconds < 60 { return "\(seconds)s" }
        if seconds < 3_600 { return "\(seconds / 60)m \(two(seconds % 60))s" }
        return "\(seconds / 3_600)h \(two(seconds / 60 % 60))m"
    }

    /// `940`, `1.2k`, `38k`, `1.3M`; always rounded down.
    static func count(_ tokens: Int) -> String {
        if tokens < 1_000 { return "\(tokens)" }
        let (unit, name) = tokens < 1_000_000 ? (1_000, "k") : (1_000_000, "M")
        let tenths = tokens / (unit / 10)
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)\(name)" : "\(tenths / 10)\(name)"
    }
}
