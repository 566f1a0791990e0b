import ApusBase
import ApusCore
import Synchronization

/// One command of a ``CommandDesk``, from its start to the last word in its session's log.
///
/// Two tasks: one runs the command, the other tells the log, so that a slow log holds no process up: what it cannot be told in time is
/// counted. Told are the start, then output, then the end.
final class CommandJob: Sendable {
    /// Between two looks at what was written.
    private static let tick = Duration.milliseconds(50)

    /// What became of the start.
    let answer = OneShot<Result<SessionProcess, ProcessDeskError>>()
    private let command: ProcessCommand
    private let request: ProcessRequest
    private let services: CommandDesk.Services
    private let id: CommandID
    private let tail: ProcessTail
    private let name = randomToken(length: 8)
    /// Once the program runs.
    private let process = Mutex<SessionProcess?>(nil)
    /// Nobody waits for its start any more.
    private let isGivenUp = Mutex(false)

    init(_ command: ProcessCommand, _ request: ProcessRequest, as id: CommandID, _ desk: CommandDesk) {
        self.command = command
        self.request = request
        services = desk.services
        self.id = id
        tail = ProcessTail(command.bounds, desk.services.time, desk.services.redaction)
    }

    /// The session stays open all the while: opening it for every word would cost as much as the session is long.
    func run(on desk: CommandDesk) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do throws(ProcessDeskError) {
                    try await self.services.hold(self.command.session) { await self.perform(desk) }
                } catch {
                    self.answer.give(.failure(error))
                }
                return true
            }
            group.addTask {
                await self.limitStart(desk)
                return false
            }
            // The command may go on for long when the time of its start is over.
            for await isOver in group where isOver { group.cancelAll() }
        }
    }

    private func limitStart(_ desk: CommandDesk) async {
        let limit = services.startLimit
        do throws(CancellationError) { try await services.time.sleep(for: limit) } catch { return }
        giveUp(on: desk, "The command had not started after \(limit), and was given up.")
    }

    /// Whoever waits for the start hears so, and what was begun is ended; after a start nothing happens.
    func giveUp(on desk: CommandDesk, _ sentence: String) {
        guard answer.give(.failure(.notStarted(sentence))) else { return }
        isGivenUp.withLock { $0 = true }
        // One that is not under way yet finds that it was given up.
        desk.processes.end(id, CommandEnding(.kill, grace: .zero))
    }

    private func perform(_ desk: CommandDesk) async {
        if isGivenUp.withLock({ $0 }) { return }
        let (bell, ring) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let end: Result<ProcessEnd, SpawnError> = await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.tell(bell, desk) }
            defer { ring.finish() }
            do throws(SpawnError) {
                return .success(
                    try await desk.processes.runApart(request, as: id, timeout: command.timeout ?? .seconds(366 * 86_400)) { pid in
                        desk.began(self.started(pid), as: self.id, self.tail, memory: self.command.bounds.memory)
                        if self.isGivenUp.withLock({ $0 }) { desk.processes.end(self.id, CommandEnding(.kill, grace: .zero)) }
                        ring.yield()
                    } output: { stream, bytes in
                        self.tail.push(stream, bytes)
                        ring.yield()
                    })
            } catch {
                return .failure(error)
            }
        }
        await conclude(end, desk)
        // Whoever still waits: the house closes.
        answer.give(.failure(.closing))
    }

    private func started(_ pid: Int32) -> SessionProcess {
        let started = fresh(pid)
        process.withLock { $0 = started }
        return started
    }

    private func fresh(_ pid: Int32) -> SessionProcess {
        let milliseconds = command.timeout.map { Int($0.milliseconds) } ?? 0
        return SessionProcess(
            id: name, session: command.session, pid: pid, command: command.command, label: command.label,
            workingDirectory: request.workingDirectory, startedAt: services.time.now, timeoutMilliseconds: milliseconds)
    }

    /// Until the command is over. The bell has rung for its start before that.
    private func tell(_ bell: AsyncStream<Void>, _ desk: CommandDesk) async {
        var isRecorded = false
        for await _ in bell {
            guard let process = process.withLock({ $0 }) else { continue }
            if !isRecorded {
                if let fault = await services.note(.processChanged(ProcessChange(process, .started)), command.session) {
                    desk.drop(name)
                    desk.processes.end(id, CommandEnding(.kill, grace: .zero))
                    answer.give(.failure(.notStarted("The command was ended again, because it could not be recorded. \(fault)")))
                    return
                }
                isRecorded = true
                answer.give(.success(process))
            }
            await tellOutput(of: process, isEnd: false)
            // When the task is cancelled the command ends, and the bell with it.
            try? await services.time.sleep(for: Self.tick)
        }
    }

    private func tellOutput(of process: SessionProcess, isEnd: Bool) async {
        let news = tail.takeNews(isEnd: isEnd)
        var rest = news.chunks[...]
        while !rest.isEmpty {
            let chunks = Array(rest.prefix(ProcessOutput.maximumChunks))
            rest = rest.dropFirst(chunks.count)
            await note(ProcessOutput(process: name, pid: process.pid, chunks: chunks, lastSeq: news.lastSeq, time: services.time.now))
        }
        guard news.untoldBytes > 0 else { return }
        await note(
            ProcessOutput(
                process: name, pid: process.pid, chunks: [], untoldBytes: news.untoldBytes, lastSeq: news.lastSeq,
                time: services.time.now))
    }

    private func note(_ output: ProcessOutput) async {
        // A log that takes nothing more says so to everybody who uses it; the output can still be asked for.
        _ = await services.note(.processWrote(output), command.session)
    }

    private func conclude(_ end: Result<ProcessEnd, SpawnError>, _ desk: CommandDesk) async {
        tail.finish()
        guard var process = process.withLock({ $0 }) else { return await failedToStart(end) }
        // One that could not be recorded.
        guard desk.process(name) != nil else { return }
        await tellOutput(of: process, isEnd: true)
        let change: ProcessChange.Reason
        let status: ProcessEnd.Status
        switch end {
        case .success(.exited(0)): (change, status) = (.completed, .exited(0))
        case .success(.exited(let code)): (change, status) = (.failed, .exited(code))
        case .success(.signaled(let signal)): (change, status) = (.failed, .signaled(signal))
        case .success(.timedOut(let how)): (change, status) = (.timeout, how)
        case .success(.interrupted(let how)): (change, status) = (.killed, how)
        case .success(.exceeded(_, let how)): (change, status) = (.failed, how)
        case .success(.lost), .failure: (change, status) = (.failed, .unknown)
        }
        process.state = SessionProcess.State(rawValue: change.rawValue) ?? .failed
        process.endedAt = services.time.now
        var signal: String?
        switch status {
        case .exited(let code): process.exitCode = code
        case .signaled(let number): signal = Self.name(of: number)
        case .notStarted, .unknown: break
        }
        desk.ended(process)
        let told = ProcessChange(process, change, previous: .running, signal: signal)
        _ = await services.note(.processChanged(told), command.session)
    }

    private func failedToStart(_ end: Result<ProcessEnd, SpawnError>) async {
        guard case .failure(let error) = end else {
            answer.give(.failure(.closing))
            return
        }
        var process = fresh(0)
        process.state = .failed
        process.endedAt = process.startedAt
        _ = await services.note(.processChanged(ProcessChange(process, .notStarted)), command.session)
        answer.give(.failure(.notStarted(error.description)))
    }

    private static func name(of signal: Int32) -> String {
        let known: [Int32: String] = [
            1: "HUP", 2: "INT", 3: "QUIT", 4: "ILL", 5: "TRAP", 6: "ABRT", 7: "BUS", 8: "FPE", 9: "KILL", 10: "USR1", 11: "SEGV",
            12: "USR2", 13: "PIPE", 14: "ALRM", 15: "TERM", 24: "XCPU", 25: "XFSZ", 31: "SYS",
        ]
        return "SIG" + (known[signal] ?? "\(signal)")
    }
}
