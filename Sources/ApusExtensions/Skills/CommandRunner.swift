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

    package func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> ContextNote {
        var confinement = await Self.withTemporaryFolder(confinement)
        var environment = ToolEnvironment.make(from: environment, workingDirectory: workingDirectory)
        if let folder = confinement?.temporary { environment["TMPDIR"] = folder }
        if let socket = confinement?.sockets.first { environment["SSH_AUTH_SOCK"] = socket }
        environment["APUS_COMMAND_FILE"] = program.path
        let output = KeptOutput()
        let start = await ProgramStart.make(of: program, in: extensions.shelf.places.apusHome)
        let end: String
        switch start {
        case .refused(let reason): end = "It was not run. \(reason)"
        case .start(let executable, let arguments, let copies):
            if let copies { confinement?.visible.append(copies.path) }
            let request = ProcessRequest(
                executable: executable, arguments: arguments, environment: environment, workingDirectory: workingDirectory,
                terminationGrace: .seconds(3), confinement: confinement)
            do throws(SpawnError) {
                end = Self.sentence(for: try await processes.run(request, timeout: limit) { output.append($0) }, limit)
            } catch {
                end = "It was not run. \(error)"
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
        return ContextNote(source: "command:" + program.name, text: text)
    }

    private static func sentence(for end: ProcessEnd, _ limit: Duration) -> String {
        switch end {
        case .exited(let code): "It ended with code \(code)."
        case .signaled(let signal): "Signal \(signal) ended it."
        case .timedOut: "It was ended after \(limit.components.seconds) seconds, the most a command may take."
        case .interrupted: "It was interrupted."
        case .exceeded(.processes, _): "It was ended because it started too many processes."
        case .exceeded(.written, _): "It was ended because it wrote too much to the disk."
        case .lost(let sentence): sentence
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
