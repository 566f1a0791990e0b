import Testing

@testable import ApusTools

@Suite struct PatchedTextTests {
    /// Applies what stands below an update's header.
    private func apply(_ body: String, to text: String) throws(PatchFault) -> String {
        let patch = try PatchParser.parse("*** Begin Patch\n*** Update File: f\n\(body)\n*** End Patch")
        guard case .update(let hunks, _) = patch.sections[0].change else { throw PatchFault("not an update") }
        return String(decoding: try PatchedText.applying(hunks, to: Array(text.utf8), path: "f"), as: UTF8.self)
    }

    @Test(
        arguments: [
            // Strictness: exact, trailing space, any white space; context stays as the file has it.
            ("@@\n a\n-b\n+B", "a\nb\n", "a\nB\n"),
            ("@@\n a\n-b  \n+B", "a \nb\n", "a \nB\n"),
            ("@@\n if  x {\n-y = 1\n+    y = 2", "\tif x {\n\t\ty  =  1\n", "\tif x {\n    y = 2\n"),
            // The stricter match wins although a looser one comes first.
            ("@@\n-x\n+y", " x\nx\n", " x\ny\n"),
            // Anchors.
            ("@@ b:\n-x\n+y", "a:\nx\nb:\nx\n", "a:\nx\nb:\ny\n"),
            ("@@ class B\n@@ def f\n-x\n+y", "class A\ndef f\nx\nclass B\ndef f\nx\n", "class A\ndef f\nx\nclass B\ndef f\ny\n"),
            ("@@ b\n b\n-x\n+y", "a\nx\nb\nx\n", "a\nx\nb\ny\n"),
            // Without quoted lines: below the anchor, or at the end.
            ("@@ a\n+new", "a\nb\n", "a\nnew\nb\n"),
            ("@@\n+new", "a\nb\n", "a\nb\nnew\n"),
            ("+new\n*** End of File", "", "new\n"),
            // Several hunks, each behind the one before.
            ("@@\n-a\n+A\n@@ sep\n-x\n+X\n@@\n-x\n+Y", "a\nx\nsep\nx\nx\n", "A\nx\nsep\nX\nY\n"),
            // End of File.
            ("@@\n-x\n+y\n*** End of File", "x\nx\n", "x\ny\n"),
            // Line ends, and a last line without one.
            ("@@\n a\n+b\n c", "a\r\nc\r\n", "a\r\nb\r\nc\r\n"),
            ("@@\n-b\n+B\n+C", "a\nb\r\nc\n", "a\nB\r\nC\r\nc\n"),
            ("@@\n-b\n+B", "a\nb", "a\nB"),
            ("@@\n b\n+c", "a\nb", "a\nb\nc"),
            ("@@\n a\n-b", "a\nb", "a\n"),
            ("@@\n-a", "a\n", ""),
            ("@@\n+A\n a", "a", "A\na"),
        ])
    func hunksGoWhereTheirLinesAre(body: String, text: String, expected: String) throws {
        #expect(try apply(body, to: text) == expected)
    }

    @Test(
        arguments: [
            (
                "@@\n-x\n+y", "x\na\nx\n",
                "The hunk for f fits in several places, at lines 1, 3. Quote more lines around the one you mean, or put \"@@ \" with a line that comes before it above the hunk."
            ),
            (
                "@@ nowhere\n-x\n+y", "x\n",
                "The hunk for f: its anchor \"@@ nowhere\" cannot be found, and nothing in the file is alike. Read the file again and copy the lines from it."
            ),
            (
                "@@\n-let total = 1\n+y", "// head\nlet totals = 1\n",
                "The hunk for f does not fit: its lines cannot be found. The closest text, at line 2:\n\nlet totals = 1\n\n\nCopy the lines to the letter."
            ),
            (
                "@@\n-b\n+B\n@@\n-a\n+A", "a\nb\n",
                "Hunk 2 of 2 for f does not fit: its lines can only be found at line 1, above the hunk or anchor before. Put hunks into the order of the file."
            ),
            (
                "@@\n-a\n+A\n*** End of File", "a\nb\n",
                "The hunk for f says \"*** End of File\", but its lines stand at line 1 and more lines follow."
            ),
        ])
    func aHunkThatDoesNotFitIsNamed(body: String, text: String, sentence: String) {
        #expect(throws: PatchFault(sentence)) { try apply(body, to: text) }
    }
}
