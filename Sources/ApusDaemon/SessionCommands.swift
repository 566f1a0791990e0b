import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace

/// Turns a command that a client starts in a session into a process: the environment, the wall and the folder for temporary files that a
/// command of the session's own would get.
///
/// Who may start commands answers for them, as somebody who approves a call: a command that needs more than the session's level has it, up
/// to the highest level of this house. What the block list names runs for nobody.
struct SessionCommands: Sendable {
    let maintenance: any SessionMaintenance
    let policy: any AccessPolicy
    let workspace: @Sendable (String) -> WorkspaceScope
    let confinements: ConfinementSource
    let environment: [String: String]
    let maximumAutonomy: AutonomyLevel

    func request(for command: ProcessCommand, _ words: [String]) async throws(ProcessDeskError) -> ProcessRequest {
        let state: SessionState
        do throws(SessionError) { state = try await maintenance.peek(command.session) } catch { throw .session(error) }
        let directory = state.directory
        let level = try level(of: words, for: command, in: state)
        let confinement = await confinement(of: command.session, in: directory, at: level)
        let start = command.workingDirectory ?? directory
        var environment = ToolEnvironment.make(from: environment, workingDirectory: start)
        if let folder = confinement?.temporary { environment["TMPDIR"] = folder }
        if let socket = confinement?.sockets.first { environment["SSH_AUTH_SOCK"] = socket }
        return ProcessRequest(
            executable: words[0], arguments: Array(words.dropFirst()), environment: environment, workingDirectory: start,
            confinement: confinement)
    }

    private func level(
        of words: [String], for command: ProcessCommand, in state: SessionState
    ) throws(ProcessDeskError) -> AutonomyLevel {
        let own = min(state.settings.interaction == .spec ? .off : state.settings.autonomy, maximumAutonomy)
        // As a shell would be told it: the policy reads shells.
        let request = AccessRequest(
            action: .command(CommandWords.quoted(words), declaredRisk: "low"), summary: command.command, outlivesRun: true)
        switch policy.decide(request, at: own, in: workspace(state.directory)) {
        case .allow: return own
        case .deny(_, let reason): throw .refused(reason)
        case .ask(let required, _, _):
            let needed = required == .unrestricted ? .high : required ?? .high
            return min(max(own, needed), maximumAutonomy)
        }
    }

    /// A folder that somebody else has taken is done without, as in Execute.
    private func confinement(of session: SessionID, in directory: String, at level: AutonomyLevel) async -> Confinement? {
        let confinements = confinements
        return await BlockingWork.files.run { _ in
            guard var confinement = confinements.confinement(of: session, in: directory, at: level) else { return nil }
            if let folder = confinement.temporary {
                do throws(PathFault) { try SessionTemporaryFolder.make(folder) } catch { confinement.temporary = nil }
            }
            return confinement
        }
    }
}

extension CommandDesk {
    /// A desk whose processes are told in the logs of their sessions.
    convenience init(
        processes: ProcessTable, maintenance: any SessionMaintenance, _ commands: SessionCommands, time: any TimeSource,
        redaction: Redaction
    ) {
        self.init(
            processes: processes,
            services: Services(
                prepare: { (command, words) async throws(ProcessDeskError) in try await commands.request(for: command, words) },
                hold: { (session, body) async throws(ProcessDeskError) in
                    do throws(SessionError) { try await maintenance.holding(session, body) } catch { throw .session(error) }
                },
                note: { notice, session in
                    do throws(SessionError) {
                        try await maintenance.note(notice, in: session)
                        return nil
                    } catch {
                        return error.description
                    }
                }, time: time, redaction: redaction))
    }
}
