import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `docs/man/apus.1` tells exactly the commands and options that the program has, in the program's own words.
@Suite struct ManualPageTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../docs/man/apus.1")
        .standardizedFileURL
    private static let begin = ".\\\" begin of what the program says\n"
    private static let end = ".\\\" end of what the program says\n"

    @Test func commandsAndOptionsAreTheProgramsOwn() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("--experimental-dump-help")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let command = try #require(try JSONValue(parsing: outcome.text)["command"])
            let expected = ManualText.sections(of: command)
            let text = try String(contentsOf: Self.page, encoding: .utf8)
            let start = try #require(text.range(of: Self.begin)?.upperBound)
            let stop = try #require(text.range(of: Self.end)?.lowerBound)
            if ProcessInfo.processInfo.environment["APUS_RECORD"] == "1" {
                let whole = text[..<start] + expected + text[stop...]
                return try String(whole).write(to: Self.page, atomically: false, encoding: .utf8)
            }
            #expect(String(text[start..<stop]) == expected, "APUS_RECORD=1 writes docs/man/apus.1 anew")
        }
    }

    @Test func everyOptionOfExecHasItsLine() async throws {
        try await withStage(.anthropic, []) { stage in
            let help = try await stage.apus("exec", "--help").text
            let text = try String(contentsOf: Self.page, encoding: .utf8)
            let options = help.matches(of: /(?m)^ +(?:-[a-z], )?--([a-z-]+)/).map { String($0.output.1) }
            #expect(options.count > 15)
            for option in options where !["version", "help"].contains(option) { #expect(text.contains("Fl -\(option)"), "\(option)") }
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/groff")))
    func groffHasNothingToComplainAbout() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await ChildProcess(
                "/usr/bin/groff", ["-mandoc", "-Tutf8", "-P-cbou", "-ww", "-b", Self.page.path], environment: stage.home.environment,
                directory: stage.home.work, scratch: stage.home.scratch
            ).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics == "")
            #expect(outcome.text.contains("EXIT STATUS"))
        }
    }
}

/// Sections in mdoc(7) from what the argument parser says about itself.
enum ManualText {
    static func sections(of root: JSONValue) -> String {
        let commands = leaves(of: root, under: "")
        return commands.map { path, command in section(path, command) }.joined()
    }

    /// Commands that do something, with the words that name them; the parser's own `help` is left out.
    private static func leaves(of command: JSONValue, under path: String) -> [(String, JSONValue)] {
        (command["subcommands"]?.arrayValue ?? []).flatMap { child -> [(String, JSONValue)] in
            let name = child["commandName"]?.stringValue ?? ""
            if name == "help" || child["shouldDisplay"]?.boolValue == false { return [] }
            let whole = path.isEmpty ? name : "\(path) \(name)"
            let own = leaves(of: child, under: whole)
            return own.isEmpty ? [(whole, child)] : own
        }
    }

    private static func section(_ path: String, _ command: JSONValue) -> String {
        var text = ".Ss apus \(path)\n\(escaped(command["abstract"]?.stringValue ?? ""))\n"
        let arguments = (command["arguments"]?.arrayValue ?? []).filter { argument in
            argument["shouldDisplay"]?.boolValue != false
                && !["help", "version"].contains(argument["preferredName"]?["name"]?.stringValue ?? "")
        }
        if arguments.isEmpty { return text }
        text += ".Bl -tag -width Ds\n"
        for argument in arguments {
            text += ".It \(head(argument))\n\(escaped(argument["abstract"]?.stringValue ?? ""))\n"
            if let value = argument["defaultValue"]?.stringValue { text += "Default:\n.Ql \(escaped(value)) .\n" }
        }
        return text + ".El\n"
    }

    private static func head(_ argument: JSONValue) -> String {
        let value = argument["valueName"]?.stringValue ?? "value"
        let kind = argument["kind"]?.stringValue
        let dots = argument["isRepeating"]?.boolValue == true ? " ..." : ""
        if kind == "positional" { return "Ar \(value)\(dots)" }
        let isLong = { (name: JSONValue) in name["kind"]?.stringValue == "long" }
        let all = argument["names"]?.arrayValue ?? []
        let names = (all.filter { !isLong($0) } + all.filter(isLong)).map { name -> String in
            let dash = isLong(name) ? "-" : ""
            return "Fl \(dash)\(name["name"]?.stringValue ?? "")"
        }
        return names.joined(separator: " , ") + (kind == "option" ? " Ar \(value)" : "")
    }

    /// A text line that roff takes as it is.
    private static func escaped(_ text: String) -> String {
        let line = text.replacing("\\", with: "\\e").replacing("\n", with: " ").replacing("…", with: "...")
        return line.hasPrefix(".") || line.hasPrefix("'") ? "\\&" + line : line
    }
}
