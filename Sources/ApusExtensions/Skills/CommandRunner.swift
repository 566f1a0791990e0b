import ApusBase
package import ApusCore
package import ApusProcess
import ApusWorkspace
import Synchronization

/// Skills and commands with what it takes to run those that are programs: each under a keeper, behind the wall of its session, with the
/// filtered environment that a command of the agent would get, without input.
package struct CommandRunner: PromptCommands {
    /// How long one may run.
    package static let limit = Duration.seconds(600)

    private let extensions: Extensions
    private let processes: ProcessTable
    private let environment: [String: String]
    private let limit: Duration

    package init(_ extensions: Extensions, processes: ProcessTable, environment: [String: String], limit: Duration = Self.limit) {
        self.extensions = extensions
        self.processes = processes
        self.environment = environment
        self.limit = limit
    }

    package func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion {
        await extensions.expansion(of: prompt, for: scope)
    }

    package func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun {
        var confinement = await Self.withTemporaryFolder(confinement)
        var environment = ToolEnvironment.make(from: environment, workingDirectory: workingDirectory)
        if let folder = confinement?.temporary { environment["TMPDIR"] = folder }
        if let socket = confinement?.sockets.first { environment["SSH_AUTH_SOCK"] = socket }
        environment["APUS_COMMAND_FILE"] = program.path
        let output = KeptOutput()
        let start = await ProgramStart.make(of: program, in: extensions.shelf.places.apusHome)
        let end: String
        let status: ToolOutcome.Status
        switch start {
        case .refused(let reason): (end, status) = ("It was not run. \(reason)", .notRun)
        case .start(let executable, let arguments, let copies):
            if let copies { confinement?.visible.append(copies.path) }
            let request = ProcessRequest(
                executable: executable, arguments: arguments, environment: environment, workingDirectory: workingDirectory,
                terminationGrace: .seconds(3), confinement: confinement)
            do throws(SpawnError) {
                (end, status) = Self.account(of: try await processes.run(request, timeout: limit) { output.append($0) }, limit)
            } catch {
                (end, status) = ("It was not run. \(error)", .notRun)
            }
            if let copies { await BlockingWork.files.run { _ in copies.remove() } }
        }
        var script = BoundedText(limit: ByteLimit.commandOutputBytes)
        script.append(program.script)
        let text = """
            The user's message above begins with the command /\(program.name), a program that was run for the \
            user: \(program.commandLine)
            \(end)

            Its output:
            \(output.rendered())

            Its text:
            \(script.rendered())
            """
        return CommandRun(status, ContextNote(source: "command:" + program.name, text: text))
    }

    /// A sentence for the model, and how a call of Execute that ends so is taken.
    private static func account(of end: ProcessEnd, _ limit: Duration) -> (String, ToolOutcome.Status) {
        switch end {
        case .exited(let code): ("It ended with code \(code).", code == 0 ? .succeeded : .failed)
        case .signaled(let signal): ("Signal \(signal) ended it.", .failed)
        case .timedOut: ("It was ended after \(limit.components.seconds) seconds, the most a command may take.", .failed)
        case .interrupted(.notStarted): ("It was interrupted before it ran.", .notRun)
        case .interrupted: ("It was interrupted.", .interrupted)
        case .exceeded(.processes, _): ("It was ended because it started too many processes.", .failed)
        case .exceeded(.written, _): ("It was ended because it wrote too much to the disk.", .failed)
        case .lost(let sentence): (sentence, .failed)
        }
    }

    /// A folder that somebody else has taken is done without, as in Execute.
    private static func withTemporaryFolder(_ confinement: Confinement?) async -> Confinement? {
        guard let confinement, let folder = confinement.temporary else { return confinement }
        return await BlockingWork.files.run { _ in
            var confinement = confinement
            do throws(PathFault) { try SessionTemporaryFolder.make(folder) } catch { confinement.temporary = nil }
            return confinement
        }
    }
}

/// What a program writes, its head and its tail. Filled on the thread that reads for all commands.
private final class KeptOutput: Sendable {
    private let text = Mutex(BoundedText(limit: ByteLimit.commandOutputBytes))

    func append(_ bytes: [UInt8]) { text.withLock { $0.append(bytes) } }

    func rendered() -> String {
        let text = text.withLock { $0.rendered() }
        return text.isEmpty ? "(none)" : text
    }
}
