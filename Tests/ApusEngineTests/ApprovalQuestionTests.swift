import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// What a person is shown is what will run (threats S13 and S19).
@Suite struct ApprovalQuestionTests {
    private func question(_ command: String, _ more: [(String, JSONValue)] = []) -> String {
        let call = ToolCall(id: "c", name: "Execute", input: .object(JSONObject([("command", .string(command))] + more)))
        return ApprovalQuestion.text(
            for: call, AccessRequest(action: .command(command, declaredRisk: "low"), summary: "harmless, says the model"), in: "/w",
            required: .high, session: .low, reason: "deletes files")
    }

    @Test func itSaysWhatRunsWhereAndWhyAndNotWhatTheModelCallsIt() {
        #expect(
            question("rm -rf build", [("timeout", 60), ("summary", "Tidies up")]) == """
                Execute: run this command in /w?
                  rm -rf build
                timeout: 60
                summary: Tidies up
                Why it is asked: deletes files (needs high, this session has low).
                """)
    }

    @Test func filesAreNamedByWhereTheyReallyAre() {
        let call = ToolCall(id: "c", name: "Create", input: ["file_path": "link", "content": "one\ntwo"])
        #expect(
            ApprovalQuestion.text(
                for: call, AccessRequest(action: .write(["/etc/passwd"]), summary: ""), in: "/w", required: nil, session: .off, reason: "r")
                    == """
                    Create: write 1 file (working in /w)?
                      /etc/passwd
                    file_path: link
                    content:
                      one
                      two
                    Why it is asked: r (asked about at every level, this session has read-only).
                    """)
    }

    @Test func fiveThousandLinesOfPaddingHideNothing() {
        let text = question("ls" + String(repeating: "\n", count: 5_000) + "rm -rf ~")
        #expect(text.contains("\n  ls\n  [… 4999 blank lines …]\n  rm -rf ~\n"))
        let wide = question("ls" + String(repeating: " ", count: 5_000) + "; rm -rf ~")
        #expect(wide.contains("  ls[… 5000 blanks …]; rm -rf ~\n"))
        let full = question("head\n" + (0..<5_000).map { "echo \($0)" }.joined(separator: "\n") + "\nrm -rf ~")
        #expect(full.contains("  head\n"))
        #expect(full.contains("  rm -rf ~\n"))
        #expect(full.contains("[… 4954 lines not shown …]"))
        let long = question("echo " + String(repeating: "x", count: 100_000) + "; rm -rf ~")
        #expect(long.contains("; rm -rf ~\n"))
        #expect(long.contains("characters not shown …]"))
        for text in [text, wide, full, long] { #expect(text.count < 9_000) }
    }

    @Test func whatSteersATerminalOrHidesIsWrittenOut() {
        let text = question("ls \u{1B}[2K\u{1B}[1A\r\u{7}echo \u{202E}txt.exe\u{202C} a\u{200B}b\u{2066}c\u{2028}d\u{0}e\u{9B}f")
        #expect(
            text.contains(
                "ls \\u{1B}[2K\\u{1B}[1A\\r\\u{7}echo \\u{202E}txt.exe\\u{202C} a\\u{200B}b\\u{2066}c\\u{2028}d\\u{0}e\\u{9B}f"))
    }

    /// Every scalar in every place that somebody else fills.
    @Test func noScalarOfAnyKindReachesTheTerminalRaw() {
        var scalars = String.UnicodeScalarView()
        for value in (0..<0x3000 as Range<UInt32>) { if let scalar = Unicode.Scalar(value) { scalars.append(scalar) } }
        for value in (0xE0000..<0xE0080 as Range<UInt32>) { if let scalar = Unicode.Scalar(value) { scalars.append(scalar) } }
        // In short pieces, so that nothing is folded away.
        var piece = String.UnicodeScalarView()
        for scalar in scalars {
            piece.append(scalar)
            if piece.count < 60 { continue }
            let evil = String(piece)
            piece = String.UnicodeScalarView()
            let call = ToolCall(id: "c", name: evil, input: [evil: .string(evil), "n": [.string(evil)]])
            let text = ApprovalQuestion.text(
                for: call, AccessRequest(action: .write([evil]), summary: evil, server: evil), in: evil, required: .low, session: .off,
                reason: evil)
            #expect(escapedForDisplay(text) == text)
        }
    }

    @Test func aQuestionIsBoundedWhateverTheInputIs() {
        let members = (0..<5_000).map { ("name\($0)", JSONValue.string(String(repeating: "line\n", count: 100))) }
        let call = ToolCall(id: "c", name: "T", input: .object(JSONObject(members)))
        let request = AccessRequest(action: .write((0..<10_000).map { "/w/\($0)" }), summary: "")
        let text = ApprovalQuestion.text(for: call, request, in: "/w", required: .low, session: .off, reason: "r")
        #expect(text.unicodeScalars.count < ByteLimit.maximumQuestionCharacters + 100)
        #expect(text.hasSuffix("(needs low, this session has read-only)."))
    }

    @Test func theHashNamesEverythingThatMatters() {
        let call = ToolCall(id: "c", name: "Execute", input: ["command": "ls"])
        let request = AccessRequest(action: .command("ls", declaredRisk: "low"), summary: "s")
        let hash = ActionHash.of(call, request, in: "/w", at: .high)
        var renamed = call
        renamed.id = "other"
        var summary = request
        summary.summary = "another"
        #expect(ActionHash.of(renamed, summary, in: "/w", at: .high) == hash, "neither changes what runs")
        var hashes = [
            hash, ActionHash.of(call, request, in: "/w/", at: .high), ActionHash.of(call, request, in: "/w", at: .medium),
            ActionHash.of(
                call, AccessRequest(action: .command("ls", declaredRisk: "low"), summary: "s", outlivesRun: true), in: "/w", at: .high),
            ActionHash.of(call, AccessRequest(action: .command("ls", declaredRisk: "high"), summary: "s"), in: "/w", at: .high),
            ActionHash.of(call, AccessRequest(action: .write(["ls"]), summary: "s"), in: "/w", at: .high),
            ActionHash.of(call, AccessRequest(action: .command("ls", declaredRisk: "low"), summary: "s", server: "x"), in: "/w", at: .high),
            ActionHash.of(ToolCall(id: "c", name: "Execute2", input: call.input), request, in: "/w", at: .high),
        ]
        for bit in 0..<8 as Range<UInt8> {
            let input: JSONValue = [
                "command": .string(String(decoding: [UInt8(ascii: "l") ^ (1 << bit & 0x7F), UInt8(ascii: "s")], as: UTF8.self))
            ]
            if input != call.input {
                hashes.append(ActionHash.of(ToolCall(id: "c", name: "Execute", input: input), request, in: "/w", at: .high))
            }
        }
        #expect(Set(hashes).count == hashes.count)
    }
}
