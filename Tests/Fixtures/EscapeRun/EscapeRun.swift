import ApusCore
import ApusPolicy
import ApusProcess
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Runs one command behind the wall of a level, in a small world made for it, without asking any policy. As root it can become another
/// user first.
///
///     escape-run FOLDER USER LEVEL LEFT-OUT PROCESSES BYTES [COMMAND]
///
/// `FOLDER` holds `bin/apus-keeper` and `bin/escape-probe`; `LEFT-OUT` is a set of layers to do without. Without a command the probe
/// makes all its attempts. Prints what the command printed, then a line with the layers that stood and one with how it ended.
@main
enum EscapeRun {
    static func main() async {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 6, let user = UInt32(arguments[1]), let level = AutonomyLevel(rawValue: arguments[2]),
            let leftOut = UInt32(arguments[3]), let processes = Int(arguments[4]), let bytes = Int(arguments[5])
        else { exit(64) }
        if getuid() != user, setgroups(0, nil) != 0 || setgid(user) != 0 || setuid(user) != 0 { fail("cannot become user \(user)") }
        let world = World(arguments[0])
        world.make()
        guard var confinement = Confinement.of(level, in: world.places) else { fail("no wall at \(level)") }
        confinement.writable.removeAll { access($0, F_OK) != 0 }
        if processes > 0 { confinement.maximumProcesses = processes }
        if bytes > 0 { confinement.maximumWrittenBytes = bytes }
        var request = ProcessRequest(
            executable: "\(world.root)/bin/escape-probe", environment: world.environment, workingDirectory: "\(world.root)/project",
            terminationGrace: .seconds(1), confinement: confinement)
        if arguments.count > 6 { (request.executable, request.arguments) = ("/bin/bash", ["-c", arguments[6]]) }
        request.leftOut = WallLayers(rawValue: leftOut)
        await run(request, world)
    }

    private static func run(_ request: ProcessRequest, _ world: World) async {
        let table = ProcessTable(keeper: .path("\(world.root)/bin/apus-keeper"))
        let heard = Mutex<WallReport?>(nil)
        do {
            let end = try await table.run(request, timeout: .seconds(60), wall: { report in heard.withLock { $0 = report } }) { bytes in
                _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
            }
            let report = heard.withLock { $0 }
            say("layers\t\(report?.layers.rawValue ?? 0)\t\(report?.landlockVersion ?? 0)\nend\t\(end)\n")
        } catch {
            say("end\t\(error)\n")
        }
        world.end()
    }
}

func say(_ text: String) {
    var text = text
    text.withUTF8 { _ = write(1, $0.baseAddress, $0.count) }
}

func fail(_ text: String) -> Never {
    say("\(text): \(String(cString: strerror(errno)))\n")
    exit(1)
}
