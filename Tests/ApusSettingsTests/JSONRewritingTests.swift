import ApusBase
import Testing

@testable import ApusSettings

/// Files that people write keep what is theirs.
@Suite struct JSONRewritingTests {
    private static let file = """
        // My servers.
        {
            "theme": "dark", // never changed
            "mcpServers": {
                /* Looks things up. */
                "search": {
                    "url": "http://127.0.0.1:1/", // the tunnel
                    "headers": {},
                },
                "notes": { "command": "notes" }, // two of them
                // "later": { "command": "x" }
            },
        }

        """

    /// Both ways to become too large: by a new value, and by the comments that stay.
    @Test func whatWouldBeTooLargeToReadIsNotWritten() throws {
        let folder = TemporaryDirectory()
        let small = "{\n  // Mine.\n  \"a\": 1\n}\n"
        let commented = "{\n  // " + String(repeating: "c", count: ByteLimit.configurationFileBytes - 100) + "\n  \"a\": 1\n}\n"
        for (text, added) in [(small, ByteLimit.configurationFileBytes), (commented, 200)] {
            let path = folder.write(text, to: "mcp.json")
            #expect(throws: ConfigurationFile.Fault.self) {
                try ConfigurationFile.change(path) { bytes throws(ConfigurationFile.Fault) in
                    do throws(JSONWithComments.Fault) {
                        let value: JSONValue = ["a": 1, "b": .string(String(repeating: "x", count: added))]
                        return try JSONWithComments.rewritten(bytes ?? [], as: value)
                    } catch {
                        throw .unreadable(error.description)
                    }
                }
            }
            #expect(try ConfigurationFile.read(path) == Array(text.utf8), "the file is as it was")
        }
        let path = folder.write(small, to: "mcp.json")
        #expect(throws: ConfigurationFile.Fault.tooLarge(limit: ByteLimit.configurationFileBytes)) {
            try ConfigurationFile.change(path) { _ in [UInt8](repeating: 0x20, count: ByteLimit.configurationFileBytes + 1) }
        }
        #expect(try ConfigurationFile.read(path) == Array(small.utf8))
    }

    private func rewritten(_ text: String, _ change: (inout JSONObject) -> Void) throws -> String {
        var document = try #require(try JSONWithComments.parse(Array(text.utf8)).objectValue)
        change(&document)
        let bytes = try JSONWithComments.rewritten(Array(text.utf8), as: .object(document))
        #expect(try JSONWithComments.parse(bytes) == .object(document))
        return String(decoding: bytes, as: UTF8.self)
    }

    private func servers(_ text: String, _ change: (inout JSONObject) -> Void) throws -> String {
        try rewritten(text) { document in
            var servers = document["mcpServers"]?.objectValue ?? [:]
            change(&servers)
            document["mcpServers"] = .object(servers)
        }
    }

    @Test func whatIsAddedStandsBehindTheComments() throws {
        let text = try servers(Self.file) { $0["web"] = ["type": "http", "url": "https://mcp.test", "headers": [:], "list": ["a", "b"]] }
        let expected = Self.file.replacing(
            "        // \"later\": { \"command\": \"x\" }\n",
            with: """
                        // "later": { "command": "x" }
                        "web": {
                            "type": "http",
                            "url": "https://mcp.test",
                            "headers": {},
                            "list": ["a", "b"]
                        },

                """)
        #expect(text == expected)
    }

    @Test func whatIsChangedIsChangedInItsPlace() throws {
        let text = try servers(Self.file) { servers in
            servers["search"] = ["url": "http://127.0.0.1:2/", "headers": ["a": "b"], "disabled": true]
            servers["notes"] = ["command": "notes", "disabled": false]
        }
        let expected = Self.file
            .replacing("127.0.0.1:1", with: "127.0.0.1:2")
            .replacing(
                "            \"headers\": {},\n",
                with: """
                                "headers": {
                                    "a": "b"
                                },
                                "disabled": true,

                    """
            )
            .replacing(#"{ "command": "notes" },"#, with: #"{ "command": "notes", "disabled": false },"#)
        #expect(text == expected)
    }

    @Test func whatIsRemovedTakesItsLinesAlong() throws {
        #expect(
            try servers(Self.file) { $0["notes"] = nil }
                == Self.file.replacing("        \"notes\": { \"command\": \"notes\" }, // two of them\n", with: ""))
        let without = try servers(Self.file) { $0["search"] = nil }
        #expect(without.contains("        /* Looks things up. */\n        \"notes\": { \"command\": \"notes\" }, // two of them\n"))
        #expect(!without.contains("tunnel"))
    }

    @Test func whatIsPutBackLeavesTheFileAsItWas() throws {
        let there = try servers(Self.file) { $0["web"] = ["url": "https://mcp.test"] }
        #expect(there != Self.file)
        #expect(try servers(there) { $0["web"] = nil } == Self.file)
        #expect(try servers(Self.file) { _ in } == Self.file)
    }

    /// Text, the member `b` that is set to 2 or removed, and what becomes of it.
    private static let styles: [(String, JSONValue?, String)] = [
        (#"{}"#, 2, "{\n  \"b\": 2\n}"),
        ("{ }\n", 2, "{\n  \"b\": 2\n}\n"),
        ("{\n\t// nothing yet\n}", 2, "{\n\t// nothing yet\n  \"b\": 2\n}"),
        (#"{"a":1}"#, 2, #"{"a":1,"b":2}"#),
        (#"{ "a": 1 }"#, 2, #"{ "a": 1, "b": 2 }"#),
        (#"{"a": 1,}"#, 2, #"{"a": 1, "b": 2,}"#),
        ("{\r\n\t\"a\": 1\r\n}", 2, "{\r\n\t\"a\": 1,\r\n\t\"b\": 2\r\n}"),
        ("{\n  \"a\": 1 // one\n}", 2, "{\n  \"a\": 1, // one\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1, // one\n}", 2, "{\n  \"a\": 1, // one\n  \"b\": 2,\n}"),
        ("{ \"a\": 1 // one\n}", 2, "{ \"a\": 1, // one\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1}", 2, "{\n  \"a\": 1,\n  \"b\": 2\n}"),
        ("{ \"a\": 1 /* } */ }", 2, "{ \"a\": 1, /* } */ \"b\": 2 }"),
        ("{\"a\": \"// }\", \"b\": [1]}", 2, "{\"a\": \"// }\", \"b\": 2}"),
        ("{\"b\": 1, \"b\": 3}", 2, "{\"b\": 1, \"b\": 2}"),
        ("\u{FEFF}{\"a\":1}", 2, "\u{FEFF}{\"a\":1,\"b\":2}"),
        (#"{"a": 1, "b": 2}"#, nil, #"{"a": 1}"#),
        (#"{"b": 2, "a": 1}"#, nil, #"{"a": 1}"#),
        (#"{"b": 2}"#, nil, #"{}"#),
        (#"{"b": 2,}"#, nil, #"{}"#),
        (#"{"b": 1, "a": 1, "b": 2}"#, nil, #"{"a": 1}"#),
        ("{\n  \"a\": 1, // one\n  // two\n  \"b\": 2 // three\n}", nil, "{\n  \"a\": 1 // one\n  // two\n}"),
        ("{\n  \"a\": 1,\n  \"b\": {\n    \"x\": 1 // in it\n  }, /* behind it */ // and\n}", nil, "{\n  \"a\": 1,\n}"),
        ("{\n  \"b\": 2, \"a\": 1 // one\n}", nil, "{\n  \"a\": 1 // one\n}"),
        ("{ \"a\": 1\n, \"b\": 2 // two\n, \"c\": 3 }", nil, "{ \"a\": 1\n, \"c\": 3 }"),
        ("{\n  \"a\": 1, /* one */ \"b\": 2, // both\n}", nil, "{\n  \"a\": 1, /* one */ // both\n}"),
        ("{\r\n  \"b\": 2,\r\n  \"a\": 1\r\n}\r\n", nil, "{\r\n  \"a\": 1\r\n}\r\n"),
    ]

    @Test(arguments: styles)
    func everyStyleIsKept(text: String, value: JSONValue?, expected: String) throws {
        #expect(try rewritten(text) { $0["b"] = value } == expected)
    }

    /// A list in a file, what it becomes, and the file then.
    private static let lists: [(String, [JSONValue], String)] = [
        ("[]", ["a"], "[\"a\"]"),
        ("[\"a\"]", ["a", "b"], "[\"a\", \"b\"]"),
        ("[\"a\", \"b\", \"c\"]", ["a", "c"], "[\"a\", \"c\"]"),
        ("[\"a\", /* two */ \"b\"]", ["a"], "[\"a\" /* two */ ]"),
        ("[\n  \"a\", // one\n  \"b\", // two\n]", ["b", "c"], "[\n  \"b\", // two\n  \"c\",\n]"),
        ("[\n  {\"x\": 1}, // one\n  {\"x\": 2} // two\n]", [["x": 3], ["x": 2]], "[\n  {\"x\": 3}, // one\n  {\"x\": 2} // two\n]"),
        ("[[1], 2]", [], "[]"),
    ]

    @Test(arguments: lists)
    func listsKeepTheirElements(text: String, new: [JSONValue], expected: String) throws {
        #expect(try rewritten("{\"a\": \(text)}") { $0["a"] = .array(new) } == "{\"a\": \(expected)}")
    }

    @Test func whatWasEmptyBecomesOneLineAMember() throws {
        let value: JSONValue = ["mcpServers": ["a": ["command": "x", "args": [], "env": [:]]]]
        let text = """
            {
              "mcpServers": {
                "a": {
                  "command": "x",
                  "args": [],
                  "env": {}
                }
              }
            }

            """
        for bytes in ["", " \n\t"] {
            #expect(String(decoding: try JSONWithComments.rewritten(Array(bytes.utf8), as: value), as: UTF8.self) == text)
        }
    }

    @Test func aLongListOfWordsGetsALineForEach() throws {
        let words = (0..<20).map { JSONValue.string("word-\($0)") }
        let text = String(decoding: try JSONWithComments.rewritten([], as: ["a": .array(words)]), as: UTF8.self)
        #expect(text.hasPrefix("{\n  \"a\": [\n    \"word-0\",\n    \"word-1\",\n"))
    }

    @Test func membersInAnotherOrderAreStillWritten() throws {
        let bytes = try JSONWithComments.rewritten(Array("{\"a\": 1, \"b\": 2}".utf8), as: ["b": 2, "a": 1])
        #expect(try JSONWithComments.parse(bytes) == ["b": 2, "a": 1])
    }

    @Test func whatIsBrokenIsNotWritten() {
        #expect(throws: JSONWithComments.Fault.self) { try JSONWithComments.rewritten(Array("{ broken".utf8), as: [:]) }
        #expect(throws: JSONWithComments.Fault.self) { try JSONWithComments.rewritten(Array("{} /*".utf8), as: [:]) }
    }

    /// Documents, comments and changes at random: the new value is there, and with additions alone every comment is, too.
    @Test func whateverIsWrittenIsReadBackAndCommentsStay() throws {
        for seed in 0..<1_500 {
            var author = Author(seed: UInt64(seed))
            let text = author.document()
            let before = try JSONWithComments.parse(Array(text.utf8))
            let isAddingOnly = seed % 2 == 0
            let after = author.changed(before, isAddingOnly: isAddingOnly)
            var editor = JSONTextEditor(Array(text.utf8))
            try editor.change([], from: before, to: after)
            let result = String(decoding: editor.bytes, as: UTF8.self)
            #expect(try JSONWithComments.parse(editor.bytes) == after, "seed \(seed)\n\(text)\n->\n\(result)")
            guard isAddingOnly else { continue }
            for number in 0..<author.comments {
                #expect(result.contains("#\(number)#"), "seed \(seed), comment \(number)\n\(text)\n->\n\(result)")
            }
        }
    }
}

/// Writes documents as people might, the same for a seed.
private struct Author {
    private var state: UInt64
    private(set) var comments = 0
    private var names = 0

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

    private mutating func number(below limit: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % limit
    }

    /// White space, and perhaps comments.
    private mutating func gap() -> String {
        var text = ""
        for _ in 0..<number(below: 3) {
            switch number(below: 6) {
            case 0:
                text += "// #\(comments)# , } ] \"\n"
                comments += 1
            case 1:
                text += "/* #\(comments)# { [ ,\(number(below: 2) == 0 ? "\n" : "") */"
                comments += 1
            case 2, 3: text += "\n" + String(repeating: " ", count: number(below: 5))
            default: text += " "
            }
        }
        return text
    }

    mutating func document() -> String { gap() + value(depth: 4, isObject: true) + gap() }

    private mutating func name() -> String {
        names += 1
        return "n\(names)"
    }

    private mutating func value(depth: Int, isObject: Bool = false) -> String {
        let kind = isObject ? 0 : number(below: depth > 0 ? 5 : 3) + (depth > 0 ? 0 : 2)
        guard kind < 2 else { return ["1", "\"a\\\"//b\"", "true", "null", "-2.5"][number(below: 5)] }
        var text = kind == 0 ? "{" : "["
        let count = number(below: 4)
        for index in 0..<count {
            text += gap()
            if kind == 0 { text += "\"\(name())\"" + gap() + ":" + gap() }
            text += value(depth: depth - 1) + gap()
            if index + 1 < count || number(below: 3) == 0 { text += "," }
        }
        return text + gap() + (kind == 0 ? "}" : "]")
    }

    /// Something else of the same shape or not.
    mutating func changed(_ value: JSONValue, isAddingOnly: Bool) -> JSONValue {
        switch value {
        case .object(let members):
            var result = members
            for (key, member) in members {
                let kind = number(below: 4)
                if kind == 0, !isAddingOnly { result[key] = nil } else { result[key] = changed(member, isAddingOnly: isAddingOnly) }
            }
            for _ in 0..<number(below: 3) { result[name()] = [["x": 1, "y": []], 7, ["a", ["b": nil]], [:]][number(below: 4)] }
            return .object(result)
        case .array(var elements):
            if !isAddingOnly, !elements.isEmpty, number(below: 2) == 0 { elements.remove(at: number(below: elements.count)) }
            if number(below: 2) == 0 { elements.append(.string(name())) }
            return .array(elements)
        default:
            return isAddingOnly || number(below: 2) == 0 ? value : .string(name())
        }
    }
}
