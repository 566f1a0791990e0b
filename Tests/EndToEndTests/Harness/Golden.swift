import ApusBase
import Foundation
import Testing

/// Compares with a file in `Golden/`; with `APUS_RECORD=1` in the environment the file is rewritten instead, to be read before it is
/// committed.
func expectGolden(_ name: String, _ actual: String, sourceLocation: SourceLocation = #_sourceLocation) {
    let tests = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    let url = tests.appendingPathComponent("Golden/\(name)")
    if ProcessInfo.processInfo.environment["APUS_RECORD"] == "1" {
        do { try Data(actual.utf8).write(to: url) } catch { Issue.record("cannot write \(name): \(error)", sourceLocation: sourceLocation) }
        return
    }
    // A missing file differs from everything.
    let expected = try? String(contentsOf: url, encoding: .utf8)
    #expect(actual == expected, "differs from Golden/\(name); APUS_RECORD=1 rewrites it", sourceLocation: sourceLocation)
}

/// Replaces what differs from run to run, and nothing else: the members below by name, paths and the port by value. Ids are numbered
/// in the order in which they appear, so that what belongs together stays visible.
struct Normaliser {
    private let home: TemporaryHome
    private let port: Int
    private var ids: [String: String] = [:]

    private static let idMembers: Set = ["id", "messageId", "session_id"]
    private static let timeMembers: Set = ["timestamp"]
    private static let durationMembers: Set = ["duration_ms", "durationMs"]
    /// Ids given by a script say more than a number.
    private static let scriptedPrefix = "call-"
    private static let earliestTimestamp: Int64 = 1_700_000_000_000

    init(home: TemporaryHome, port: Int) {
        self.home = home
        self.port = port
    }

    mutating func text(_ text: String) -> String {
        text.replacingOccurrences(of: home.work, with: "<work>").replacingOccurrences(of: home.root, with: "<root>")
            .replacingOccurrences(of: "127.0.0.1:\(port)", with: "<server>")
    }

    mutating func lines(_ lines: [JSONValue]) -> String {
        // Models of OpenAI's dialect are offered ApplyPatch where all others are offered Edit; nothing else may differ.
        lines.map { value($0, member: nil).serialized() + "\n" }.joined().replacing(#""Create","ApplyPatch""#, with: #""Create","Edit""#)
    }

    private mutating func value(_ value: JSONValue, member: String?) -> JSONValue {
        switch value {
        case .string(let string):
            if let member, Normaliser.idMembers.contains(member), !string.hasPrefix(Normaliser.scriptedPrefix) {
                return .string(id(string))
            }
            return .string(text(string))
        case .integer, .double:
            guard let member else { return value }
            if Normaliser.timeMembers.contains(member), let time = value.integerValue, time > Normaliser.earliestTimestamp {
                return "<timestamp>"
            }
            if Normaliser.durationMembers.contains(member), case .integer(let duration) = value, duration >= 0 { return "<milliseconds>" }
            // A fraction is allowed here alone.
            if member == "ttft_ms", let duration = value.doubleValue, duration >= 0 { return "<milliseconds>" }
            return value
        case .array(let values):
            var result: [JSONValue] = []
            for element in values { result.append(self.value(element, member: member)) }
            return .array(result)
        case .object(let object):
            var result: [(String, JSONValue)] = []
            for (key, element) in object { result.append((key, self.value(element, member: key))) }
            return .object(JSONObject(result))
        case .null, .bool: return value
        }
    }

    private mutating func id(_ id: String) -> String {
        if let known = ids[id] { return known }
        ids[id] = "<id-\(ids.count + 1)>"
        return ids[id] ?? id
    }
}
