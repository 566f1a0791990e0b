import ApusBase
import Foundation
import Testing

@testable import ApusDaemon

/// The log is bounded, holds no secret, and nobody's text can forge a line (S8, S19).
@Suite struct DaemonLogTests {
    private let home: TemporaryHome

    init() throws {
        home = try TemporaryHome()
        try home.folder.make()
    }

    private func lines() throws -> [Substring] { try TemporaryHome.text(of: home.folder.log).split(separator: "\n") }

    @Test func aLineHasItsTimeItsLevelAndItsFacts() throws {
        let log = try DaemonLog(home.folder.log)
        log.write(.warning, "a key was refused", ["sha256": "abcd", "peer": "::1", "why": "say \"no\"", "none": ""])
        let line = try #require(try lines().first)
        let pattern = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z warning a key was refused sha256=abcd peer=::1 why="say \\"no\\"" none=""/
        #expect(line.wholeMatch(of: pattern) != nil, "\(line)")
        #expect(try TemporaryHome.mode(of: home.folder.log) == 0o600)
    }

    @Test(arguments: ["a\nb", "\u{1B}[2J", "\u{9B}2J", "\u{202E}x", "\u{200B}", "\r", "\u{2028}", "\u{0}"])
    func controlsAreEscaped(text: String) throws {
        let log = try DaemonLog(home.folder.log)
        log.write(.info, "front", ["text": text])
        #expect(try lines().count == 1)
        let raw = try TemporaryHome.text(of: home.folder.log).unicodeScalars.dropLast()
        #expect(raw.allSatisfy { $0.value >= 0x20 && $0.value < 0x7F })
    }

    @Test func secretsAreReplacedAlsoWhereTheTextIsCut() throws {
        let secret = "canary-0123456789"
        let log = try DaemonLog(home.folder.log, redaction: Redaction(secrets: [secret]))
        log.write(.info, "said \(secret)", ["text": secret])
        log.write(.info, String(repeating: "x", count: 1_990) + secret + "tail")
        #expect(!(try TemporaryHome.text(of: home.folder.log).contains("canary")))
    }

    @Test func itIsBoundedAndKeepsTheNewest() throws {
        let log = try DaemonLog(home.folder.log, maximumBytes: 1_000)
        for number in 0..<200 { log.write(.info, "number", ["n": "\(number)"]) }
        #expect(try lines().last?.hasSuffix("n=199") == true)
        let names = try FileManager.default.contentsOfDirectory(atPath: home.folder.path).sorted()
        #expect(names == ["daemon.log", "daemon.log.1", "daemon.log.2"])
        for name in names {
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(home.folder.path)/\(name)")
            #expect(attributes[.size] as? Int ?? .max <= 1_000)
        }
    }

    @Test func theTailFollowsThroughARotation() throws {
        let log = try DaemonLog(home.folder.log, maximumBytes: 300)
        for number in 0..<4 { log.write(.info, "n\(number)") }
        var tail = LogTail(home.folder)
        #expect(try tail.last(2).split(separator: "\n").map { $0.suffix(2) } == ["n2", "n3"])
        #expect(try tail.added() == "")
        log.write(.info, "n4")
        #expect(try tail.added().hasSuffix("n4\n"))
        for number in 5..<12 { log.write(.info, "n\(number)") }
        #expect(try tail.added().hasSuffix("n11\n"))
    }

    @Test func aHomeWithoutALogSaysSo() {
        var tail = LogTail(home.folder)
        #expect(throws: DaemonFileError.self) { try tail.last(10) }
    }
}
