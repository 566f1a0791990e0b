import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

extension ExecuteTool {
    /// Starts a command that outlives the run, and returns as soon as its program runs. It has no time limit.
    func start(_ command: String, in context: ToolContext) async -> ToolResult {
        guard let processFolder else {
            return .failed("Execute cannot run commands in the background here: there is no home to record them in.")
        }
        let jobs = BackgroundCommands()
        var running = 0
        for process in context.processes where await jobs.status(of: process) == .running { running += 1 }
        if running >= BackgroundCommands.limit {
            return .failed("\(running) background processes of this session run already; that is the limit. End one first: kill its pid.")
        }
        let id = "bg_" + randomToken(length: 8)
        let made: Result<String, BackgroundFolder.Fault> = await BlockingWork.files.run { _ in
            do throws(BackgroundFolder.Fault) { return .success(try BackgroundFolder.make(id, in: processFolder)) } catch {
                return .failure(error)
            }
        }
        switch made {
        case .failure(let fault): return .failed("The command was not run. \(fault)")
        case .success(let folder): return await start(command, id: id, folder: folder, in: context)
        }
    }

    private func start(_ command: String, id: String, folder: String, in context: ToolContext) async -> ToolResult {
        var request = process(for: command, in: context.workingDirectory, await confinement(in: context))
        request.terminationGrace = BackgroundCommands.grace
        let log = folder + "/" + BackgroundFolder.log
        var fault: String?
        do {
            let started = try await processes.startInBackground(request, logFolder: folder) { started in
                fault = await context.recordProcess(
                    BackgroundProcess(
                        id: id, pid: started.pid, keeper: started.keeper, command: command, workingDirectory: context.workingDirectory,
                        log: log, startedAt: ExecuteTool.now))
                return fault == nil
            }
            if let started { return ToolResult(.succeeded, ExecuteTool.report(id, started.pid, log)) }
        } catch {
            BackgroundFolder.remove(folder)
            return .failed("The command was not run. \(error)")
        }
        BackgroundFolder.remove(folder)
        if let fault { return .failed("The command was ended again, because it could not be recorded. \(fault)") }
        return ToolResult(.interrupted, "Interrupted while the command was being started; it was ended.")
    }

    private static func report(_ id: String, _ pid: Int32, _ log: String) -> String {
        """
        Started in the background as \(id), pid \(pid). It goes on when this run is over.
        Its output goes to \(log)
        Look there whether it works. kill \(pid) ends it with everything it started.
        """
    }

    private static var now: Timestamp {
        var spec = timespec()
        clock_gettime(CLOCK_REALTIME, &spec)
        return Timestamp(spec.tv_sec) * 1_000 + Timestamp(spec.tv_nsec) / 1_000_000
    }
}
