import ApusBase
package import ApusCore

/// The words of a question, made from the bytes that will run and from nothing the model says about them.
///
/// Safe to show anywhere: control, bidi and zero-width characters are written out. Bounded: a long text keeps its head and its tail, and
/// says how much is missing. Nothing can be pushed out of sight with emptiness: runs of blank lines and of blanks are counted
/// instead of shown.
package enum ApprovalQuestion {
    private static let headLines = 24
    private static let tailLines = 24
    private static let lineCharacters = 400
    private static let longestGap = 8
    private static let members = 24

    package static func text(
        for call: ToolCall, _ request: AccessRequest, in directory: String, required: AutonomyLevel?, session: AutonomyLevel,
        reason: String
    ) -> String {
        var lines = [opening(for: call, request, in: directory)]
        lines += subject(of: request).map { "  " + $0 }
        if request.outlivesRun { lines.append("It goes on running when the session is over.") }
        lines += rest(of: call, request)
        let needed = required.map { "needs \($0.rawValue)" } ?? "asked about at every level"
        lines.append(
            "Why it is asked: \(inOneLine(reason)) (\(needed), this session has \(session == .off ? "read-only" : session.rawValue)).")
        var bounded = BoundedText(limit: ByteLimit.maximumQuestionCharacters)
        bounded.append(lines.joined(separator: "\n"))
        return bounded.rendered()
    }

    private static func opening(for call: ToolCall, _ request: AccessRequest, in directory: String) -> String {
        let tool = inOneLine(call.name) + (request.server.map { " of the MCP server \(inOneLine($0))" } ?? "")
        let place = inOneLine(directory)
        return switch request.action {
        case .session: "\(tool) in \(place)?"
        case .read(let paths): "\(tool): read \(count(paths.count, "path")) (working in \(place))?"
        case .write(let paths): "\(tool): write \(count(paths.count, "file")) (working in \(place))?"
        case .command: "\(tool): run this command in \(place)?"
        case .fetch: "\(tool): get this from the network?"
        case .serverCall: "\(tool): have the server do this?"
        case .plan: "\(tool): carry out this plan in \(place)?"
        case .delegate(let kind): "\(tool): have the subagent \(inOneLine(kind)) work in \(place)?"
        }
    }

    private static func subject(of request: AccessRequest) -> [String] {
        switch request.action {
        case .session, .serverCall, .plan, .delegate: []
        case .read(let paths), .write(let paths): folded(paths.map { inOneLine($0) })
        case .command(let command, _): shown(command)
        case .fetch(let url): [inOneLine(url)]
        }
    }

    /// What else the tool is given. The command stands above already.
    private static func rest(of call: ToolCall, _ request: AccessRequest) -> [String] {
        guard let object = call.input.objectValue else { return ["input: " + inOneLine(call.input.serialized())] }
        var lines: [String] = []
        for (name, value) in object.prefix(members) {
            if let command = request.action.commandText, value.stringValue == command { continue }
            let text = shown(value.stringValue ?? value.serialized())
            if text.count == 1, let only = text.first {
                lines.append("\(inOneLine(name)): \(only)")
            } else {
                lines.append("\(inOneLine(name)):")
                lines += text.map { "  " + $0 }
            }
        }
        if object.count > members { lines.append("[… \(count(object.count - members, "more member")) of the input not shown …]") }
        return lines
    }

    /// Line by line, folded and escaped.
    private static func shown(_ text: String) -> [String] {
        var lines: [String] = []
        var blank = 0
        func endBlank() {
            if blank > 0 { lines.append(blank == 1 ? "" : "[… \(blank) blank lines …]") }
            blank = 0
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) {
                blank += 1
            } else {
                endBlank()
                lines.append(shownLine(line))
            }
        }
        endBlank()
        return folded(lines)
    }

    private static func folded(_ lines: [String]) -> [String] {
        let missing = lines.count - headLines - tailLines
        if missing <= 1 { return lines }
        return lines.prefix(headLines) + ["[… \(missing) lines not shown …]"] + lines.suffix(tailLines)
    }

    private static func inOneLine(_ text: String) -> String { shownLine(text[...]) }

    private static func shownLine(_ line: Substring) -> String {
        let line = escapedForDisplay(withoutGaps(line), keepingNewlines: false)
        let missing = line.count - lineCharacters
        if missing <= 0 { return line }
        return line.prefix(lineCharacters / 2) + "[… \(missing) characters not shown …]" + line.suffix(lineCharacters / 2)
    }

    /// Long runs of blanks, counted.
    private static func withoutGaps(_ line: Substring) -> String {
        var result = ""
        var gap = ""
        func endGap() {
            result += gap.count > longestGap ? "[… \(gap.count) blanks …]" : gap
            gap = ""
        }
        for character in line {
            if character.isWhitespace {
                gap.append(character)
            } else {
                endGap()
                result.append(character)
            }
        }
        endGap()
        return result
    }

    private static func count(_ number: Int, _ noun: String) -> String { number == 1 ? "1 \(noun)" : "\(number) \(noun)s" }
}
