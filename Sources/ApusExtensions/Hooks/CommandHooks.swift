import ApusBase
package import ApusCore
package import ApusProcess
import ApusSettings
import ApusWorkspace
import Synchronization

/// Runs hooks as commands of `/bin/sh`, each under a keeper, behind the wall that commands of the session have.
///
/// A command reads its event from a file that is its stdin: nobody waits for it to read, and it may leave that. What it may reach is what
/// a command of the session may, and beside that its own transcript and the folders of hook scripts.
package final class CommandHooks: HookRunner {
    package struct Setting: Sendable {
        package var processes: ProcessTable
        /// What commands may inherit from, filtered by `ToolEnvironment`.
        package var environment: [String: String]
        package var temporaryDirectory: String
        /// Folders of hook scripts that lie where commands cannot see.
        package var scripts: [String]
        package var confinement: @Sendable (SessionID, String, AutonomyLevel) -> Confinement?
        /// Writes the session down so far, and says where; `nil` when that cannot be.
        package var transcript: @Sendable (SessionState) async -> String?
        package var announce: @Sendable (String) -> Void

        package init(
            processes: ProcessTable, environment: [String: String], temporaryDirectory: String, scripts: [String] = [],
            confinement: @escaping @Sendable (SessionID, String, AutonomyLevel) -> Confinement? = { _, _, _ in nil },
            transcript: @escaping @Sendable (SessionState) async -> String? = { _ in nil },
            announce: @escaping @Sendable (String) -> Void = { _ in }
        ) {
            self.processes = processes
            self.environment = environment
            self.temporaryDirectory = temporaryDirectory
            self.scripts = scripts
            self.confinement = confinement
            self.transcript = transcript
            self.announce = announce
        }
    }

    private struct State {
        var sets: [SessionID: HookSet] = [:]
        /// Sentences that were announced: sessions of one directory have the same to say.
        var announced: Set<String> = []
    }

    /// Commands of one event that run at the same time; the others wait.
    private static let width = 16
    /// Between asking a command to end and making it.
    private static let grace = Duration.seconds(2)
    private static let maximumAnnounced = 1_024

    private let places: HookPlaces
    private let setting: Setting
    private let state = Mutex(State())

    package init(_ places: HookPlaces, _ setting: Setting) {
        self.places = places
        self.setting = setting
    }

    package func plan(for occasion: HookOccasion, in context: HookContext) async -> HookPlan? {
        await hooks(of: context.state).plan(for: occasion, in: context)
    }

    package func forget(_ session: SessionID) async { state.withLock { _ = $0.sets.removeValue(forKey: session) } }

    private func hooks(of session: SessionState) async -> HookSet {
        let id = session.header.id
        if let known = state.withLock({ $0.sets[id] }) { return known }
        let found = await BlockingWork.files.run { [places] _ in
            do throws(SettingsFault) {
                return try places.hooks(in: session.directory)
            } catch {
                return HookSet(refusing: error.description)
            }
        }
        // The first one stays: two may have looked at once.
        let (set, fresh) = state.withLock { state -> (HookSet, [String]) in
            if let known = state.sets[id] { return (known, []) }
            state.sets[id] = found
            if state.announced.count > Self.maximumAnnounced { state.announced = [] }
            let fresh = (found.warnings + [found.refusal].compactMap { $0 }).filter { state.announced.insert($0).inserted }
            return (found, fresh)
        }
        for sentence in fresh { setting.announce(sentence) }
        return set
    }

    package func run(_ plan: HookPlan, within limit: Duration?) async -> [HookResult] {
        if let refusal = state.withLock({ $0.sets[plan.context.state.header.id]?.refusal }) {
            return plan.commands.map { HookResult($0, exitCode: nil, fault: "cannot be read", answer: HookAnswer(stop: refusal)) }
        }
        let transcript = await setting.transcript(plan.context.state)
        let input = HookInput.json(plan, transcript: transcript ?? "").serializedBytes()
        let folder = setting.temporaryDirectory
        let file = await BlockingWork.files.run { _ -> Result<String, PathFault> in
            do throws(PathFault) {
                let file = try SpoolFile(temporaryDirectory: folder, name: "hook-\(plan.id).json")
                try file.append(input)
                return .success(file.path)
            } catch {
                return .failure(error)
            }
        }
        switch file {
        case .failure(let fault):
            return plan.commands.map { HookResult($0, exitCode: nil, fault: "was not run: its input cannot be written. \(fault)") }
        case .success(let path):
            let confinement = await confinement(of: plan, transcript)
            let scripts = await scripts(for: plan, isWalled: confinement != nil)
            let results = await run(plan, within: limit, reading: path, confinement, scripts.checked)
            SpoolFile.remove(path)
            if let copies = scripts.copies { await BlockingWork.files.run { _ in copies.remove() } }
            return results
        }
    }

    /// The scripts of a project's hooks as they are now. Behind a wall that can do it, the very bytes that were looked at are what its
    /// commands see, whoever changes the files meanwhile.
    private func scripts(for plan: HookPlan, isWalled: Bool) async -> (checked: CheckedScripts?, copies: CheckedFolder?) {
        let set = state.withLock { $0.sets[plan.context.state.header.id] } ?? .none
        guard plan.commands.contains(where: set.guards) else { return (nil, nil) }
        return await BlockingWork.files.run { [places] _ in
            guard isWalled, KernelFeatures.canStandIn, set.scripts.contains(where: \.isThere) else {
                return (places.look(at: set.scripts), nil)
            }
            do throws(CheckedFolder.Fault) {
                var copies = try CheckedFolder(in: places.paths.apusHome)
                return (places.copy(set.scripts, into: &copies), copies)
            } catch {
                return (CheckedScripts(doubt: "Hooks of this project do not run. \(error.sentence)"), nil)
            }
        }
    }

    private func run(
        _ plan: HookPlan, within limit: Duration?, reading path: String, _ confinement: Confinement?, _ scripts: CheckedScripts?
    ) async -> [HookResult] {
        let set = state.withLock { $0.sets[plan.context.state.header.id] } ?? .none
        return await withTaskGroup(of: (Int, HookResult).self) { group in
            var results: [Int: HookResult] = [:]
            for (index, command) in plan.commands.enumerated() {
                if index >= Self.width, let (done, result) = await group.next() { results[done] = result }
                let own = set.guards(command) ? scripts : nil
                if let doubt = own?.doubt {
                    results[index] = Self.refusal(of: command, plan.occasion.event, doubt)
                    continue
                }
                var confinement = confinement
                confinement?.standIns = own?.standIns ?? [:]
                group.addTask { [confinement] in (index, await self.run(command, of: plan, within: limit, reading: path, confinement)) }
            }
            for await (index, result) in group { results[index] = result }
            return plan.commands.indices.compactMap { results[$0] }
        }
    }

    /// Who has hooks before calls and prompts relies on them: what does not run lets nothing through.
    private static func refusal(of command: HookCommand, _ event: HookEvent, _ doubt: String) -> HookResult {
        let isObjection = event == .preToolUse || event == .userPromptSubmit
        return HookResult(
            command, exitCode: nil, fault: "was not run. \(doubt)",
            answer: isObjection ? HookAnswer(decision: .deny, reason: doubt) : HookAnswer())
    }

    /// What a command of the session may reach, and what hooks need beside it.
    private func confinement(of plan: HookPlan, _ transcript: String?) async -> Confinement? {
        let context = plan.context
        guard var confinement = setting.confinement(context.state.header.id, context.state.directory, context.level) else { return nil }
        confinement.visible += setting.scripts + [transcript].compactMap { $0 }
        guard let folder = confinement.temporary else { return confinement }
        let isMade = await BlockingWork.files.run { _ in
            do throws(PathFault) {
                try SessionTemporaryFolder.make(folder)
                return true
            } catch {
                return false
            }
        }
        if !isMade { confinement.temporary = nil }
        return confinement
    }

    // MARK: One command

    /// Becomes a shell with the command, its stdin in place. A file that cannot be read is no objection, which is what a shell's own code for
    /// it would be.
    private static let script = #"test -r "$1" || exit 126; exec /bin/sh -c "$2" <"$1""#

    private func run(
        _ command: HookCommand, of plan: HookPlan, within limit: Duration?, reading path: String, _ confinement: Confinement?
    ) async -> HookResult {
        let directory = plan.context.state.directory
        var environment = ToolEnvironment.make(from: setting.environment, workingDirectory: directory)
        let beginning = plan.context.state.header.workingDirectory
        environment["FACTORY_PROJECT_DIR"] = Project.boundary(of: beginning) ?? beginning
        if let folder = confinement?.temporary { environment["TMPDIR"] = folder }
        if let socket = confinement?.sockets.first { environment["SSH_AUTH_SOCK"] = socket }
        let request = ProcessRequest(
            executable: "/bin/sh", arguments: ["-c", Self.script, "sh", path, command.line], environment: environment,
            workingDirectory: directory, terminationGrace: Self.grace, confinement: confinement)
        let timeout = min(Duration.seconds(command.timeout), limit ?? .seconds(command.timeout))
        let streams = HookStreams()
        do throws(SpawnError) {
            let end = try await setting.processes.runApart(
                request, as: setting.processes.makeID(), timeout: timeout, started: { _ in }, output: { streams.append($1, to: $0) })
            return streams.result(command, end, timeout, plan.occasion.event)
        } catch {
            // Somebody has looked at its scripts and relies on them: what keeps them from running lets nothing through either.
            if confinement?.standIns.isEmpty == false { return Self.refusal(of: command, plan.occasion.event, "\(error)") }
            return HookResult(command, exitCode: nil, fault: "was not run. \(error)")
        }
    }
}

/// What a command has written, as much as is kept of it.
private final class HookStreams: Sendable {
    private let bytes = Mutex<(out: [UInt8], errors: [UInt8])>(([], []))

    func append(_ more: [UInt8], to stream: ProcessStream) {
        bytes.withLock { bytes in
            switch stream {
            case .stdout: bytes.out += more.prefix(ByteLimit.hookOutputBytes - bytes.out.count)
            case .stderr: bytes.errors += more.prefix(ByteLimit.hookOutputBytes - bytes.errors.count)
            }
        }
    }

    func result(_ command: HookCommand, _ end: ProcessEnd, _ timeout: Duration, _ event: HookEvent) -> HookResult {
        let (out, errors) = bytes.withLock { (String(decoding: $0.out, as: UTF8.self), String(decoding: $0.errors, as: UTF8.self)) }
        var result = HookResult(command, exitCode: nil, stdout: out, stderr: errors)
        switch end {
        case .exited(let code):
            result.exitCode = Int(code)
            result.answer = HookAnswer(exitCode: Int(code), stdout: out, stderr: errors, to: event)
        case .signaled(let signal): result.fault = "was ended by signal \(signal)"
        case .timedOut: result.fault = "took longer than \(timeout.components.seconds) s and was ended"
        case .interrupted: result.fault = "was interrupted"
        case .exceeded(let limit, _):
            result.fault = limit == .processes ? "started too many processes and was ended" : "wrote too much and was ended"
        case .lost(let sentence): result.fault = "was lost. \(sentence)"
        }
        return result
    }
}
