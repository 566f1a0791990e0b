import ApusBase
import ApusTestServer

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus-scripted-provider SCRIPT.json [--port N] [--requests FILE]`: serves the script on loopback, prints the port as the only line of
/// stdout, and runs until stdin ends (give it a pipe or `< <(sleep 60)`) or a signal ends it. With `--requests` every request is appended
/// to the file as one line of JSON. Exit 2 for a bad command line or script.
@main
struct ScriptedProviderCommand {
    static func main() async {
        do {
            let arguments = try Arguments(CommandLine.arguments.dropFirst())
            let script = try Script(parsing: String(decoding: try readFile(arguments.script), as: UTF8.self))
            let record = try arguments.requests.map { try RequestFile($0) }
            try await withScriptedProvider(script, port: arguments.port, heard: { record?.append($0) }) { provider in
                say("\(provider.port)\n", on: STDOUT_FILENO)
                await endOfInput()
            }
        } catch {
            say("apus-scripted-provider: \(error)\n", on: STDERR_FILENO)
            exit(2)
        }
    }

    /// The blocking reads have a thread of their own: nothing else may wait for them.
    private static func endOfInput() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let box = UnsafeMutablePointer<CheckedContinuation<Void, Never>>.allocate(capacity: 1)
            box.initialize(to: continuation)
            var thread = pthread_t()
            let failure = pthread_create(
                &thread, nil,
                { argument in
                    drainStandardInput()
                    let box = argument?.assumingMemoryBound(to: CheckedContinuation<Void, Never>.self)
                    let continuation = box?.move()
                    box?.deallocate()
                    continuation?.resume()
                    return nil
                }, box)
            if failure != 0 { box.move().resume() }
        }
    }
}

private func drainStandardInput() {
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {
        let count = read(STDIN_FILENO, &buffer, buffer.count)
        if count > 0 || (count < 0 && errno == EINTR) { continue }
        return
    }
}
