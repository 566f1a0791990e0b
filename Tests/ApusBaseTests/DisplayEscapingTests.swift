import ApusBase
import Testing

@Suite struct DisplayEscapingTests {
    static let cases: [(String, Bool, String)] = [
        ("plain text", true, "plain text"), ("tab\tline\n", true, "tab\tline\n"), ("tab\tline\n", false, "tab\\tline\\n"),
        ("\u{1B}[31mred", true, "\\u{1B}[31mred"),
        ("a\rb", true, "a\\rb"), ("a\r\nb", true, "a\\r\nb"), ("user\u{202E}gpj.exe", true, "user\\u{202E}gpj.exe"),
        ("a\u{200B}b", true, "a\\u{200B}b"),
        ("\u{9B}31m", true, "\\u{9B}31m"), ("\u{7F}", true, "\\u{7F}"), ("\u{2028}", true, "\\u{2028}"), ("é日本語😀", true, "é日本語😀"),
        ("❤\u{FE0F}", true, "❤\u{FE0F}"), ("a\u{FE0F}", true, "a\\u{FE0F}"), ("\u{FE0F}", true, "\\u{FE0F}"),
        ("❤\u{FE0F}\u{FE0F}", true, "❤\u{FE0F}\\u{FE0F}"),
        ("\u{E0041}", true, "\\u{E0041}"), ("\\u{41}", true, "\\u{41}"), ("e\u{301}", true, "e\u{301}"), ("", false, ""),
    ]

    @Test(arguments: cases)
    func hiddenScalarsAreShown(text: String, keepingNewlines: Bool, expected: String) {
        #expect(escapedForDisplay(text, keepingNewlines: keepingNewlines).unicodeScalars.elementsEqual(expected.unicodeScalars))
    }

    /// The lists of the threat, spelled out here independently of how the function recognises them.
    private static let dangerous: [ClosedRange<UInt32>] = [
        0x00...0x1F, 0x7F...0x9F, 0xAD...0xAD, 0x34F...0x34F, 0x61C...0x61C, 0x115F...0x1160, 0x17B4...0x17B5, 0x180B...0x180F,
        0x200B...0x200F,
        0x2028...0x202E, 0x2060...0x206F, 0x3164...0x3164, 0xFE00...0xFE0F, 0xFEFF...0xFEFF, 0xFFA0...0xFFA0, 0xFFF0...0xFFFB,
        0xE0000...0xE0FFF,
    ]

    /// Scalars are looked at in blocks, so that all of Unicode takes a second; a block that is wrong is named scalar by scalar.
    private static let blocks: [[Unicode.Scalar]] = stride(from: UInt32(0), to: 0x11_0000, by: 256).map { start in
        (start..<(start + 256)).compactMap { Unicode.Scalar($0) }
    }

    private static let dangerousTable: [Bool] = {
        var table = [Bool](repeating: false, count: 0x11_0000)
        for value in dangerous.joined() { table[Int(value)] = true }
        return table
    }()

    private static func isDangerous(_ scalar: Unicode.Scalar) -> Bool {
        dangerousTable[Int(scalar.value)]
    }

    private static func shown(_ scalars: [Unicode.Scalar], keepingNewlines: Bool) -> [Unicode.Scalar] {
        var text = String.UnicodeScalarView()
        for scalar in scalars {
            text.append(scalar)
            // Keeps a variation selector away from an emoji before it.
            text.append("|")
        }
        return Array(escapedForDisplay(String(text), keepingNewlines: keepingNewlines).unicodeScalars)
    }

    @Test(arguments: [true, false])
    func noCodePointCanSteerOrHide(keepingNewlines: Bool) {
        var escaped: [Unicode.Scalar] = []
        let table = Self.dangerousTable
        for block in Self.blocks {
            for scalar in Self.shown(block, keepingNewlines: keepingNewlines) where table[Int(scalar.value)] { escaped.append(scalar) }
        }
        #expect(escaped == (keepingNewlines ? ["\t", "\n"] : []))
    }

    @Test func everyOrdinaryScalarStaysAsItIs() {
        var changed: [String] = []
        for block in Self.blocks {
            let ordinary = block.filter { $0.properties.generalCategory != .format && !Self.isDangerous($0) }
            if Self.shown(ordinary, keepingNewlines: false) == ordinary.flatMap({ [$0, "|"] }) { continue }
            changed += ordinary.filter { Self.shown([$0], keepingNewlines: false) != [$0, "|"] }.map { String($0.value, radix: 16) }
        }
        #expect(changed == [])
    }
}
