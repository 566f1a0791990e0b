import ApusBase
import Foundation
import Testing

/// `apus keys` from the outside.
@Suite struct KeysCommandTests {
    @Test func aKeyIsPrintedOnceAndListedByItsHash() async throws {
        try await withHome { executable, home in
            let words = ["keys", "add", "--name", "ci", "--scope", "observer", "--scope", "prompter"]
            let added = try await executable.start(words, home: home).finish()
            #expect(added.status == .exited(0), "\(added.everything)")
            #expect(added.text.wholeMatch(of: /apus_[0-9A-Za-z]{43}\n/) != nil)
            #expect(!added.diagnostics.contains(added.text.dropLast()))
            let unnamed = try await executable.start(["keys", "add"], home: home).finish()
            #expect(unnamed.text != added.text)
            let list = try await executable.start(["keys", "list"], home: home).finish()
            let lines = list.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines.first?.wholeMatch(of: /ci  observer,prompter  sha256:[0-9a-f]{8}/) != nil, "\(list.everything)")
            #expect(lines.last?.hasPrefix("key-1  observer,prompter,approver,admin  ") == true)
            let json = try JSONValue(parsing: try await executable.start(["keys", "list", "--json"], home: home).finish().text)
            #expect(json.arrayValue?.compactMap { $0["name"]?.stringValue } == ["ci", "key-1"])
            #expect(json[0]?["scopes"] == ["observer", "prompter"])
        }
    }

    @Test func aRemovedKeyIsGoneAndOneThatIsNotThereIsSaid() async throws {
        try await withHome { executable, home in
            _ = try await executable.start(["keys", "add", "--name", "ci"], home: home).finish()
            let removed = try await executable.start(["keys", "remove", "ci"], home: home).finish()
            #expect(removed.status == .exited(0), "\(removed.everything)")
            #expect(try await executable.start(["keys", "list"], home: home).finish().text == "")
            let again = try await executable.start(["keys", "remove", "ci"], home: home).finish()
            #expect(again.status == .exited(1))
            #expect(again.diagnostics.contains("no key named \"ci\""))
        }
    }

    @Test func theLocalKeyIsTheSameEveryTime() async throws {
        try await withHome { executable, home in
            let first = try await executable.start(["keys", "show-local"], home: home).finish()
            #expect(first.text.wholeMatch(of: /apus_[0-9A-Za-z]{43}\n/) != nil)
            #expect(try await executable.start(["keys", "show-local"], home: home).finish().text == first.text)
        }
    }

    @Test(arguments: [
        (["add", "--scope", "root"], 2), (["add", "--name", ""], 2), (["add", "--name", "a b"], 2), (["add", "--name", "local"], 1),
        (["add", "--name", "FACTORY_API_KEY"], 1), (["remove"], 2), ([], 0),
    ])
    func wrongWordsAreRefused(words: [String], code: Int) async throws {
        try await withHome { executable, home in
            let outcome = try await executable.start(["keys"] + words, home: home).finish()
            #expect(outcome.status == .exited(Int32(code)), "\(outcome.everything)")
            #expect(!outcome.text.contains("apus_"))
        }
    }
}
