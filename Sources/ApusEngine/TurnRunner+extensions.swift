import ApusBase
import ApusCore

/// What a turn takes from skills, commands and instructions beside its prompt. All of it becomes facts, so that a replay has the same.
extension TurnRunner {
    /// Of the text that one skill or command puts into the conversation by itself, in Unicode scalars.
    private static let noteCharacters = ByteLimit.skillBytes

    // MARK: At the beginning of a turn

    /// The skills that there are, and the instructions of folders below as they are now, where the model has been told of them.
    ///
    /// - Parameters:
    ///   - known: Texts that the model sees, by their sources.
    ///   - instructions: What is told in any case.
    func extensionNotes(_ state: SessionState, known: [String: String], instructions: [ContextNote]) async -> [ContextNote] {
        var notes: [ContextNote] = []
        let usual = Set(instructions.map(\.source))
        let deeper = known.keys.filter { $0.hasPrefix("/") && !usual.contains($0) }.sorted()
        if !deeper.isEmpty {
            let room = max(0, ByteLimit.instructionBytes - instructions.instructionBytes)
            notes += await services.instructions.notes(near: deeper, for: state.directory, room: room).filter { deeper.contains($0.source) }
        }
        if state.settings.tools.allows("Skill"), let listing = await services.skills.listing(for: state.skillScope) {
            notes.append(redacted(listing))
        } else if known["skills"] != nil {
            notes.append(ContextNote(source: "skills", text: "There are no skills in this session any more."))
        }
        return notes
    }

    /// Runs the program that the prompt names. How the turn ends when it may not run; nothing was started then.
    ///
    /// One of a project needs the highest level that anything runs at unasked; the user's own runs at any level, behind the wall of that level.
    func run(_ program: CommandProgram) async throws(EventLogError) -> (reason: TurnEndReason, detail: String)? {
        if let refusal = refusal(of: program) { return (.permissionDenied, refusal) }
        let call = hookCall(for: program)
        switch try await hear(hooksBefore: program, as: call) {
        case .goOn: break
        case .refused(let reason): return (.permissionDenied, "/\(program.name) was not run: \(reason)")
        case .stop(let reason): return (.hookStopped, HookVerdict.stopSentence(reason))
        }
        // The turn's loop sees it next.
        if Task.isCancelled { return nil }
        let state = log.folded
        let confinement = services.confinement(session, state.directory, state.level)
        let run = await services.commands.run(program, in: state.directory, confinement: confinement)
        let note = redacted(run.note)
        _ = try await writer.commit([.contextAdded(.unique(), note)])
        if !Task.isCancelled { try await hear(hooksAfter: [(call, ToolOutcome(call: call.id, status: run.status, text: note.text))]) }
        return nil
    }

    /// For a turn that goes on: what the model is told of the program that the prompt names, when the log does not say what came of it.
    func noteOnLostProgram(_ state: SessionState) async -> ContextNote? {
        guard let prompt = state.transcript.lastIndex(where: { $0.message == input.message }) else { return nil }
        let behind = state.transcript[(prompt + 1)...]
        // Hooks may have said something before it; a response comes behind it only.
        for case .response in behind { return nil }
        let expansion = await services.commands.expansion(of: input.prompt, for: state.skillScope)
        let note: ContextNote
        switch expansion {
        case .text: return nil
        case .program(let program): note = Recovery.note(onLost: program)
        case .none:
            guard let name = Self.commandName(in: input.prompt) else { return nil }
            note = Recovery.note(onUnknown: name)
        }
        for case .context(_, let told) in behind where told.source == note.source { return nil }
        return note
    }

    /// What a prompt may call by a slash; paths and lone slashes are none.
    private static func commandName(in prompt: String) -> String? {
        guard prompt.hasPrefix("/") else { return nil }
        let name = prompt.dropFirst().prefix { !$0.isWhitespace }
        guard !name.isEmpty, name.allSatisfy({ $0.isLetter || $0.isNumber || "-_:.".contains($0) }) else { return nil }
        return String(name)
    }

    /// Why the policy does not let it run: a sentence.
    private func refusal(of program: CommandProgram) -> String? {
        let state = log.folded
        let level = state.level
        if !program.isPersonal, level < .high {
            let way =
                input.origin.front == .exec ? "Re-run with --auto high." : "Raise the autonomy of the session to high, and send it again."
            return "/\(program.name) is a program of this project and requires higher autonomy to proceed. \(way)"
        }
        let request = AccessRequest(action: .command(program.commandLine, declaredRisk: "high"), summary: program.commandLine)
        switch services.policy.decide(request, at: level, in: services.workspace(state.directory)) {
        // What is asked about at every level cannot be asked about here.
        case .deny(_, let reason), .ask(required: nil, _, let reason): return "/\(program.name) was not run: \(reason)"
        case .allow, .ask: return nil
        }
    }

    // MARK: Before a request

    /// The texts of loaded skills that a compaction took from the model, as they are now.
    func restoreSkills() async throws(EventLogError) {
        let state = log.folded
        let lost = state.lostSkills
        if lost.isEmpty { return }
        var room = ByteLimit.skillBytes
        var facts: [EventKind] = []
        // The newest is served first.
        for name in lost.reversed() {
            var text: String
            do throws(ExtensionError) {
                let body = try await services.skills.text(ofSkill: name, arguments: nil, wantedBy: .user, for: state.skillScope)
                text = "You have loaded this skill earlier in the session; here it is again.\n\n" + body
            } catch {
                text = "The skill \(name), which you have loaded earlier in the session, cannot be used any more: \(error)"
            }
            if text.utf8.count > room {
                text =
                    "You have loaded the skill \(name) earlier in the session. It is too long to be told again here: load it when you need it."
            }
            room -= min(room, text.utf8.count)
            facts.append(.contextAdded(.unique(), redacted(.skill(name, text))))
        }
        _ = try await writer.commit(facts.reversed())
    }

    // MARK: After calls

    /// Instructions of folders that the calls have been to for the first time.
    func tellOfFolders(touchedBy verdicts: [(ToolCall, AccessGate.Verdict)]) async throws(EventLogError) {
        let state = log.folded
        let response = state.lastResponse
        var paths: [String] = []
        for (call, verdict) in verdicts {
            guard case .run(let permitted) = verdict, response?.outcome(of: call.id)?.status == .succeeded else { continue }
            for path in permitted.touches where !paths.contains(path) { paths.append(path) }
        }
        if paths.isEmpty { return }
        var seen: [ContextNote] = []
        for case .context(_, let note) in state.visibleTranscript { seen.append(note) }
        let room = max(0, ByteLimit.instructionBytes - seen.instructionBytes)
        let sources = Set(seen.map(\.source))
        let fresh = await services.instructions.notes(near: paths, for: state.directory, room: room)
            .filter { note in !sources.contains(note.source) && !seen.contains { $0.text == note.text } }
        if fresh.isEmpty { return }
        _ = try await writer.commit(fresh.map { .contextAdded(.unique(), $0) })
    }

    /// Without known secrets, and within bounds whoever made it.
    func redacted(_ note: ContextNote) -> ContextNote {
        var text = BoundedText(limit: Self.noteCharacters)
        text.append(services.redaction.apply(to: note.text))
        return ContextNote(source: note.source, text: text.rendered())
    }
}

extension SessionState {
    /// Loaded skills whose text the model does not see any more, the newest last.
    var lostSkills: [String] {
        if loadedSkills.isEmpty || compaction == nil { return [] }
        var seen: Set<String> = []
        for entry in visibleTranscript {
            switch entry {
            case .user: continue
            case .context(_, let note): if let skill = note.skill { seen.insert(skill) }
            case .response(let response): seen.formUnion(response.outcomes.compactMap(\.load.skill))
            }
        }
        return loadedSkills.filter { !seen.contains($0) }
    }
}

extension AccessRequest.Action {
    /// Files and folders, absolute.
    var touchedPaths: [String] {
        switch self {
        case .read(let paths), .write(let paths): paths
        case .session, .command, .fetch, .serverCall, .plan, .delegate: []
        }
    }
}

extension [ContextNote] {
    /// What those take that are files of instructions.
    fileprivate var instructionBytes: Int { reduce(0) { $0 + ($1.source.hasPrefix("/") ? $1.text.utf8.count : 0) } }
}
