import ApusBase
import ApusCore
import ApusWorkspace

/// The hooks that one file has, and what is odd about it. Nothing is passed over in silence.
struct HookDocument: Sendable {
    var groups: [HookEvent: [HookGroup]] = [:]
    /// One sentence each.
    var warnings: [String] = []

    var isEmpty: Bool { groups.values.allSatisfy(\.isEmpty) }

    enum Shape: Sendable {
        /// Of a file of its own: events at the top. Older pages show them wrapped in `hooks`, which is read, too (C8).
        case file
        /// The value of the key `hooks` of settings.
        case settings
    }

    /// - Parameter place: the file, for warnings.
    init(_ value: JSONValue, in place: String, _ shape: Shape) {
        let place = escapedForDisplay(place, keepingNewlines: false)
        guard let members = value.objectValue else {
            warnings.append("\(place): hooks must be an object of events; there is something else. None of them runs.")
            return
        }
        for (name, value) in members {
            if name == "$schema" { continue }
            if name == "hooks", let wrapped = value.objectValue {
                if shape == .file {
                    warnings.append("\(place): events belong at the top of the file, not into \"hooks\". They are used all the same.")
                }
                for (name, value) in wrapped { read(name, value, place) }
            } else {
                read(name, value, place)
            }
        }
    }

    private mutating func read(_ name: String, _ value: JSONValue, _ place: String) {
        guard let event = HookEvent(rawValue: name) else {
            let shown = escapedForDisplay(String(name.prefix(80)), keepingNewlines: false)
            let known = HookEvent.allCases.map(\.rawValue).joined(separator: ", ")
            warnings.append("\(place): there is no hook event \"\(shown)\"; it was skipped. Known: \(known).")
            return
        }
        guard let elements = value.arrayValue else {
            warnings.append("\(place): \(name) must be a list; it was skipped.")
            return
        }
        for (index, element) in elements.enumerated() {
            let spot = "\(place): \(name)[\(index)]"
            guard let commands = commands(of: element, spot) else { continue }
            do throws(RegexFault) {
                let group = try HookGroup(
                    matcher: element["matcher"]?.stringValue, commandRegex: element["commandRegex"]?.stringValue, commands: commands)
                groups[event, default: []].append(group)
            } catch {
                warnings.append("\(spot) was skipped: \(error)")
            }
        }
    }

    /// `nil` when there is nothing to run, which has been told.
    private mutating func commands(of group: JSONValue, _ spot: String) -> [HookCommand]? {
        for name in ["matcher", "commandRegex"] {
            guard let value = group[name], !value.isNull, value.stringValue == nil else { continue }
            warnings.append("\(spot) was skipped: its \"\(name)\" is no text.")
            return nil
        }
        guard let hooks = group["hooks"]?.arrayValue else {
            warnings.append("\(spot) was skipped: it has no list \"hooks\" of {\"type\": \"command\", \"command\": …}.")
            return nil
        }
        var commands: [HookCommand] = []
        for (index, hook) in hooks.enumerated() {
            let spot = "\(spot).hooks[\(index)]"
            if let type = hook["type"], type.stringValue != "command" {
                warnings.append("\(spot) was skipped: the only type of hook is \"command\".")
                continue
            }
            guard let line = hook["command"]?.stringValue, !line.allSatisfy(\.isWhitespace), !line.utf8.contains(0),
                line.utf8.count <= ByteLimit.hookCommandBytes
            else {
                warnings.append("\(spot) was skipped: it has no \"command\" that a shell takes.")
                continue
            }
            commands.append(HookCommand(line, timeout: timeout(hook["timeout"], spot)))
        }
        return commands.isEmpty ? nil : commands
    }

    private mutating func timeout(_ value: JSONValue?, _ spot: String) -> Int {
        guard let value, !value.isNull else { return HookCommand.usualTimeout }
        if let seconds = value.integerValue.map({ Double($0) }) ?? value.doubleValue, seconds > 0 {
            // Less than one is one: no shell starts in no time.
            return Int(min(max(seconds, 1), Double(HookCommand.longestTimeout)))
        }
        warnings.append("\(spot): \"timeout\" is no number of seconds; \(HookCommand.usualTimeout) s hold.")
        return HookCommand.usualTimeout
    }
}
