import Testing

@testable import ApusTools

@Suite struct PatchParserTests {
    private func parse(_ lines: String...) throws(PatchFault) -> Patch { try PatchParser.parse(lines.joined(separator: "\n")) }

    private static func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test func everySectionIsRead() throws {
        let patch = try parse(
            "*** Begin Patch", "*** Add File: new.txt", "+one", "+", "*** Delete File: old dir/old.txt", "*** Update File: a.swift",
            "*** Move to: b.swift", "@@ class A", "@@     func f() {", " keep", "-out", "+in", "", "@@", "+last", "*** End of File",
            "*** End Patch", "")
        let first = PatchHunk(
            anchors: [Self.bytes("class A"), Self.bytes("    func f() {")],
            lines: [.context(Self.bytes("keep")), .removed(Self.bytes("out")), .added(Self.bytes("in"))], isAtEnd: false, patchLine: 8)
        let second = PatchHunk(anchors: [], lines: [.added(Self.bytes("last"))], isAtEnd: true, patchLine: 14)
        #expect(
            patch
                == Patch(sections: [
                    Patch.Section(path: "new.txt", change: .add(Self.bytes("one\n\n"))),
                    Patch.Section(path: "old dir/old.txt", change: .delete),
                    Patch.Section(path: "a.swift", change: .update([first, second], destination: "b.swift")),
                ]))
        #expect(patch.sections.map(\.paths) == [["new.txt"], ["old dir/old.txt"], ["a.swift", "b.swift"]])
    }

    @Test func lineEndsBlankLinesAndRangesOfDiffsAreForgiven() throws {
        let plain = try parse("*** Begin Patch", "*** Update File: f", "@@", " a", "", "-b", "*** End Patch")
        let odd = "\r\n*** Begin Patch \r\n\r\n*** Update File:  f\r\n@@ -1,3 +1,2 @@ func x\r\n a\r\n\r\n-b\r\n\r\n*** End Patch\r\n\r\n"
        var parsed = try PatchParser.parse(odd)
        guard case .update(var hunks, nil) = parsed.sections[0].change else { throw PatchFault("not an update") }
        #expect(hunks[0].patchLine == 5)
        hunks[0].patchLine = 3
        parsed.sections[0].change = .update(hunks, destination: nil)
        #expect(parsed == plain)
    }

    @Test(
        arguments: [
            ("", "The patch cannot be read at its end: a patch begins with \"*** Begin Patch\"."),
            ("hello", "The patch cannot be read at its line 1, \"hello\": a patch begins with \"*** Begin Patch\"."),
            ("*** Begin Patch\n*** End Patch", "The patch changes no file: between its first and last line there is nothing."),
            (
                "*** Begin Patch\n*** Delete File: a",
                "The patch cannot be read at its end: the last line has to be \"*** End Patch\"; the patch may have been cut off."
            ),
            (
                "*** Begin Patch\n*** Delete File: a\n*** End Patch\nrm -rf /",
                "The patch cannot be read at its line 4, \"rm -rf /\": nothing may follow \"*** End Patch\"."
            ),
            (
                "*** Begin Patch\n*** Add File:  \n*** End Patch",
                "The patch cannot be read at its line 2, \"*** Add File:  \": a path is missing after \"*** Add File:\"."
            ),
            (
                "*** Begin Patch\n*** Add File: a\ntext\n*** End Patch",
                "The patch cannot be read at its line 3, \"text\": every line of a new file begins with \"+\"."
            ),
            (
                "*** Begin Patch\n*** Delete File: a\n-x\n*** End Patch",
                "The patch cannot be read at its line 3, \"-x\": nothing belongs below \"*** Delete File:\"."
            ),
            (
                "*** Begin Patch\n*** Update File: a\n*** End Patch",
                "The patch cannot be read at its line 3, \"*** End Patch\": the update of a has no hunk and no \"*** Move to:\"."
            ),
            (
                "*** Begin Patch\n*** Update File: a\n@@\n x\n*** End Patch",
                "The patch cannot be read at its line 3, \"@@\": this hunk changes nothing: it has no line that begins with \"+\" or \"-\"."
            ),
            (
                "*** Begin Patch\n*** Update File: a\n@@\n+x\nyz\n*** End Patch",
                "The patch cannot be read at its line 5, \"yz\": a line of a hunk begins with a space, \"+\" or \"-\"."
            ),
            (
                "*** Begin Patch\n*** Rename File: a\n*** End Patch",
                "The patch cannot be read at its line 2, \"*** Rename File: a\": a section begins with \"*** Add File: \", \"*** Delete File: \" or \"*** Update File: \" and a path."
            ),
        ])
    func whatCannotBeReadIsNamedWithItsLine(text: String, sentence: String) {
        #expect(throws: PatchFault(sentence)) { try PatchParser.parse(text) }
    }

    @Test func largePatchesAreRefused() {
        let many = (0...Patch.maximumSections).map { "*** Delete File: f\($0)\n" }.joined()
        #expect(throws: PatchFault("The patch changes over 200 files. Send it in parts.")) {
            try PatchParser.parse("*** Begin Patch\n\(many)*** End Patch")
        }
        #expect(throws: PatchFault("The patch has 4194305 bytes, over the limit of 4194304. Send it in parts.")) {
            try PatchParser.parse(String(repeating: "x", count: Patch.maximumBytes + 1))
        }
    }
}
