import ApusCore
import ApusProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A process that owns commands, for tests that end the owner in ways no caller can survive, and for counts that need a
/// process in which nothing else happens.
///
///     process-owner KEEPER run PROGRAM [ARGUMENT…]   runs one command for at most a minute and copies its output
///     process-owner KEEPER count ROUNDS              runs many commands of all kinds, then prints what they left behind
///     process-owner KEEPER time ROUNDS               prints the median time of running /bin/true
///     process-owner KEEPER wall ROUNDS               prints the same without a wall, and behind it without and with a network
@main
enum ProcessOwner {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 3 else { exit(64) }
        let table = ProcessTable(keeper: .path(arguments[0]))
        switch arguments[1] {
        case "run": await run(Array(arguments.dropFirst(2)), in: table)
        case "count": await count(rounds: Int(arguments[2]) ?? 1, in: table)
        case "time": await time(rounds: Int(arguments[2]) ?? 1, in: table)
        case "wall": await wall(rounds: Int(arguments[2]) ?? 1, in: table)
        default: exit(64)
        }
    }

    private static func run(_ command: [String], in table: ProcessTable) async {
        do {
            let end = try await table.run(request(command), timeout: .seconds(60)) { bytes in
                _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            }
            say("\(end)\n")
        } catch {
            say("\(error)\n")
            exit(1)
        }
    }

    private static func count(rounds: Int, in table: ProcessTable) async {
        await runAllKinds(in: table)
        let before = entries(of: "/proc/self/fd")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<rounds { group.addTask { await runAllKinds(in: table) } }
        }
        let after = entries(of: "/proc/self/fd")
        say("descriptors \(after - before), children \(children()), running \(table.running.count)\n")
    }

    private static func runAllKinds(in table: ProcessTable) async {
        let commands = [
            ["/bin/true"], ["/no/such/program"], ["/bin/sh", "-c", "sleep 100 & exit 3"], ["/bin/sh", "-c", "kill -9 $$"],
            ["/bin/sleep", "100"],
        ]
        for command in commands {
            // Failing to start is one of the kinds; what is counted is what stays behind.
            _ = try? await table.run(request(command), timeout: .milliseconds(command == ["/bin/sleep", "100"] ? 20 : 20_000)) { _ in }
        }
    }

    private static func time(rounds: Int, in table: ProcessTable) async {
        var times: [Duration] = []
        for _ in 0..<rounds {
            let start = ContinuousClock.now
            // A failure shows as an absurd time.
            _ = try? await table.run(request(["/bin/true"]), timeout: .seconds(10)) { _ in }
            times.append(ContinuousClock.now - start)
        }
        times.sort()
        say("median \(times[times.count / 2]), fastest \(times[0]), slowest \(times[times.count - 1])\n")
    }

    /// In turns, so that a busy machine is equally unfair to all three.
    private static func wall(rounds: Int, in table: ProcessTable) async {
        let networks: [(name: String, confinement: Confinement?)] = [
            ("no wall", nil), ("wall without network", confinement(.none)), ("wall with network", confinement(.open)),
        ]
        var times = networks.map { _ in [Duration]() }
        for _ in 0..<rounds {
            for (index, network) in networks.enumerated() {
                var request = request(["/bin/true"])
                request.confinement = network.confinement
                let start = ContinuousClock.now
                // A failure shows as an absurd time.
                _ = try? await table.run(request, timeout: .seconds(10)) { _ in }
                times[index].append(ContinuousClock.now - start)
            }
        }
        for (network, times) in zip(networks, times) {
            let sorted = times.sorted()
            say("\(network.name): median \(sorted[sorted.count / 2]), fastest \(sorted[0])\n")
        }
    }

    private static func confinement(_ network: Confinement.Network) -> Confinement {
        Confinement(
            level: .low, writable: ["/var/lib", "/srv"], protected: ["/srv/fixed"], hidden: ["/etc/shadow", "/etc/ssl/private"],
            visible: ["/home"], network: network, maximumProcesses: 2_048, maximumWrittenBytes: 1 << 30)
    }

    private static func request(_ command: [String]) -> ProcessRequest {
        let environment = ["PATH", "MARK"].reduce(into: [String: String]()) { environment, name in
            environment[name] = getenv(name).map { String(cString: $0) }
        }
        return ProcessRequest(
            executable: command[0],
            arguments: Array(command.dropFirst()),
            environment: environment,
            workingDirectory: "/"
        )
    }

    private static func entries(of folder: String) -> Int {
        guard let stream = opendir(folder) else { return -1 }
        defer { closedir(stream) }
        var count = 0
        while readdir(stream) != nil { count += 1 }
        return count
    }

    /// Living and dead alike.
    private static func children() -> Int {
        var count = 0
        while waitpid(-1, nil, WNOHANG) >= 0 { count += 1 }
        return count
    }

    private static func say(_ text: String) {
        let bytes = Array(text.utf8)
        _ = write(2, bytes, bytes.count)
    }
}
