import Foundation
import Testing

@testable import DroidSDK

@Suite struct ListSessionsTests {
    private func write(_ text: String, to path: String, age: TimeInterval = 0) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.modificationDate: Date(timeIntervalSince1970: 1_700_000_000 - age)], ofItemAtPath: path)
    }

    @Test func filesAreListedTheLatestFirst() throws {
        let home = try Scratch()
        let sessions = home.path + "/.factory/sessions"
        let start = #"{"type":"session_start","title":"T","cwd":"/srv/p","owner":"me"}"#
        try write(start + "\n{}\n\n  \n{}\n", to: sessions + "/-srv-p/a.jsonl")
        try write(start + "\n", to: sessions + "/b.jsonl", age: 60)
        try write(#"{"type":"session_start","cwd":"/other"}"#, to: sessions + "/-other/c.jsonl", age: 120)
        try write(start, to: sessions + "/-srv-p/gone.jsonl")
        try write(#"{"archivedAt":"2026-01-01"}"#, to: sessions + "/-srv-p/gone.settings.json")
        try write("not a session", to: sessions + "/-srv-p/broken.jsonl")
        try write(#"["b"]"#, to: sessions + "/.favorites")
        let all = listSessions(home: home.path)
        #expect(all.map(\.id) == ["a", "b", "c"])
        #expect(all[0].messageCount == 2)
        #expect(all[0].title == "T")
        #expect(all[0].owner == "me")
        #expect(all.map(\.isFavorite) == [false, true, false])
        #expect(listSessions(cwd: "/srv/p", home: home.path).map(\.id) == ["a", "b"])
        #expect(listSessions(limit: 1, home: home.path).map(\.id) == ["a"])
        #expect(Set(listSessions(includeArchived: true, home: home.path).map(\.id)) == ["a", "b", "c", "gone"])
    }

    @Test func withoutFilesThereAreNone() throws {
        #expect(try listSessions(home: Scratch().path).isEmpty)
    }
}
