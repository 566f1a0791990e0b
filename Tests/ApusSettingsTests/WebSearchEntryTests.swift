import ApusBase
import Testing

@testable import ApusSettings

@Suite struct WebSearchEntryTests {
    private func read(_ members: JSONObject) -> (entry: WebSearchEntry?, warnings: [String]) {
        WebSearchEntry.read(members, at: "s.json:3")
    }

    @Test func theKeyComesFromTheEnvironment() throws {
        let entry = try #require(read(["provider": "http", "url": "https://x/", "apiKey": "${KEY}", "allowPrivateNetwork": true]).entry)
        #expect(entry.provider == "http" && entry.url == "https://x/" && entry.allowsPrivateNetwork)
        #expect(entry.key(in: ["KEY": "secret"], orFrom: nil)?.reveal() == "secret")
        #expect(entry.key(in: [:], orFrom: "OTHER") == nil)
        let bare = try #require(read(["provider": "exa"]).entry)
        #expect(!bare.allowsPrivateNetwork && bare.url == nil)
        #expect(bare.key(in: ["EXA_API_KEY": "k"], orFrom: "EXA_API_KEY")?.reveal() == "k")
        #expect(bare.key(in: ["EXA_API_KEY": ""], orFrom: "EXA_API_KEY") == nil)
    }

    @Test(
        arguments: [
            ([:], "needs a provider."), (["provider": "x", "url": 7], "cannot be used: url is "),
            (["provider": "x", "apiKey": []], "cannot be used: apiKey is "),
            (["provider": "x", "allowPrivateNetwork": "yes"], "cannot be used: allowPrivateNetwork is "),
        ] as [(JSONObject, String)])
    func whatCannotBeUnderstoodMeansNoSearch(members: JSONObject, sentence: String) {
        let (entry, warnings) = read(members)
        #expect(entry == nil)
        #expect(warnings.count == 1 && warnings[0].hasPrefix("s.json:3: webSearch \(sentence)"), "\(warnings)")
        #expect(warnings.first?.hasSuffix("There is no WebSearch.") == true)
    }

    @Test func anUnknownMemberIsSaid() {
        let (entry, warnings) = read(["provider": "exa", "apikey": "x"])
        #expect(entry != nil)
        #expect(warnings == ["s.json:3: webSearch has no setting named \"apikey\"; it has no effect."])
    }
}
