import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One tool call that a scripted model makes, and the gate at which its second answer waits while the test looks at the process.
struct ReadingCall: Sendable {
    var tool: String
    var input: JSONValue
    let gate = Gate()

    init(_ tool: String, _ input: JSONValue) {
        self.tool = tool
        self.input = input
    }
}

/// What came of a call.
struct Reading: Sendable {
    var text: String
    var isError: Bool
    /// The most memory `apus` had resident until the model had the result, in bytes, beside the pages of its executable and libraries.
    var peak: Int
}

/// Runs `apus` once for each call, all on one stage. `furnish` makes what there is to read, in the working directory.
///
/// `prefix` is put before the executable: a program that changes something about itself and then becomes it.
func withReadings(
    _ calls: [ReadingCall], prefix: [String] = [], furnish: (TemporaryHome) throws -> Void, _ body: ([Reading]) throws -> Void
) async throws {
    let script = Script(
        replies: calls.flatMap { [.toolCall($0.tool, $0.input, id: "call-1"), .after($0.gate, .text("seen"))] })
    try await withStage(.anthropic, script) { stage in
        try furnish(stage.home)
        var readings: [Reading] = []
        for call in calls {
            let words = prefix + [stage.executable.path, "exec", "-o", "stream-json", "--auto", "low", "look"]
            let child = try ChildProcess(
                words[0], Array(words.dropFirst()), environment: stage.home.environment, directory: stage.home.work,
                scratch: stage.home.scratch)
            // Busy machines take their time; a run that hangs is still found.
            try await call.gate.reached(within: .seconds(300))
            let peak = try child.peakOwnBytes()
            call.gate.open()
            let outcome = try await child.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything.prefix(4_000))")
            let result = try #require(try outcome.lines().ofType("tool_result").first)
            let isError = result["isError"]?.boolValue ?? false
            let text = isError ? result["error"]?["message"]?.stringValue : result["value"]?.stringValue
            readings.append(Reading(text: try #require(text), isError: isError, peak: peak))
        }
        try body(readings)
    }
}

extension ChildProcess {
    /// The most that was resident so far, without the files that are mapped now: of a debug executable these are nine tenths, and grow
    /// with what Apus can do, not with what it reads. Unlike the `ru_maxrss` of `wait4` it begins anew with the program: that one also
    /// counts what the process that spawned it had resident, which for a test runner is more than the limit that is tested.
    func peakOwnBytes() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        func bytes(_ name: String) throws -> Int {
            let line = status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
            guard let kilobytes = line?.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap({ Int($0) }) else {
                throw ChildError(description: "no \(name) of \(pid): \(status)")
            }
            return kilobytes << 10
        }
        return try bytes("VmHWM") - bytes("RssFile")
    }
}

extension TemporaryHome {
    /// A file of exactly `size` bytes in the working directory: `block` again and again.
    func fill(_ name: String, with block: [UInt8], size: Int) throws {
        let file = open("\(work)/\(name)", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ChildError(description: "cannot make \(name): \(errno)") }
        defer { close(file) }
        var left = size
        while left > 0 {
            let count = Foundation.write(file, block, min(left, block.count))
            guard count > 0 else { throw ChildError(description: "cannot write \(name): \(errno)") }
            left -= count
        }
    }
}
