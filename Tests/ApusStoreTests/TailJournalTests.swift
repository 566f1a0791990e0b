import ApusBase
import ApusCore
import ApusTesting
import Foundation
import Testing

@testable import ApusStore

@Suite struct TailJournalTests {
    private let store = StoreIdentity(text: "0123456789abcdef0123456789abcdef")

    private func piece(_ number: EventNumber, _ text: String) -> Event {
        Event(number: number, time: 1_700_000_000_000 + number, kind: .delta(delta(text)))
    }

    private func records(_ pieces: [(Int64, Event)]) -> [UInt8] {
        var bytes = ByteWriter()
        for (session, piece) in pieces { TailRecord.write(piece, of: session, to: &bytes) }
        return bytes.bytes
    }

    @Test func theChecksumIsTheOneOfTheStandard() {
        #expect(Array("123456789".utf8).withUnsafeBytes { Checksum.crc32c($0) } == 0xE306_9283)
        #expect([UInt8](repeating: 0, count: 32).withUnsafeBytes { Checksum.crc32c($0) } == 0x8A91_36AA)
    }

    @Test func recordsComeBackBySession() {
        let file = TailRecord.head(of: store) + records([(1, piece(4, "a")), (2, piece(9, "日本語")), (1, piece(5, "b\n\u{0}"))])
        #expect(TailRecord.read(file, of: store) == [1: [piece(4, "a"), piece(5, "b\n\u{0}")], 2: [piece(9, "日本語")]])
    }

    @Test func aTornLastRecordIsIgnoredWhereverItIsTorn() {
        let whole = TailRecord.head(of: store) + records([(1, piece(1, "first")), (1, piece(2, "second"))])
        let last = records([(1, piece(3, "third, which is torn"))])
        for count in 0..<last.count {
            #expect(TailRecord.read(whole + last.prefix(count), of: store) == [1: [piece(1, "first"), piece(2, "second")]])
        }
        for index in last.indices {
            var flipped = last
            flipped[index] ^= 0x10
            #expect(TailRecord.read(whole + flipped, of: store)?[1]?.prefix(2) == [piece(1, "first"), piece(2, "second")])
            #expect(TailRecord.read(whole + flipped, of: store)?[1]?.count == 2)
        }
    }

    @Test func aJournalOfAnotherDatabaseIsNotRead() {
        let file = TailRecord.head(of: store) + records([(1, piece(1, "text"))])
        #expect(TailRecord.read(file, of: StoreIdentity(text: String(repeating: "f", count: 32))) == nil)
        #expect(TailRecord.read(Array(file.prefix(10)), of: store) == [:])
    }

    @Test func theFileNameTellsTheOwner() throws {
        let home = TemporaryHome()
        try Files.createDirectory(home.path)
        let owner = ProcessIdentity(process: 42, startTime: 99, boot: "a-b-c")
        let journal = try TailJournal(in: home.path, owner: owner, store: store)
        #expect(TailJournal.owner(ofFile: URL(fileURLWithPath: journal.path).lastPathComponent) == owner)
        for name in ["", ".tail", "1-2.tail", "x-1-b-1.tail", "1-2-b-1.txt"] { #expect(TailJournal.owner(ofFile: name) == nil) }
    }

    @Test func theLockIsHeldForAsLongAsTheJournalIsOpen() async throws {
        let home = TemporaryHome()
        try Files.createDirectory(home.path)
        var journal: TailJournal? = try TailJournal(in: home.path, owner: .gone(), store: store)
        let path = try #require(journal?.path)
        #expect(TailJournal.isLocked(path))
        journal = nil
        try await eventually { !TailJournal.isLocked(path) }
    }

    @Test func cuttingForgetsRecordsAndKeepsTheHead() throws {
        let home = TemporaryHome()
        try Files.createDirectory(home.path)
        let journal = try TailJournal(in: home.path, owner: .gone(), store: store)
        try journal.append(records([(1, piece(1, "old"))]))
        journal.removeAll()
        try journal.append(records([(1, piece(2, "new"))]))
        #expect(TailRecord.read(try Files.read(journal.path, limit: 10_000), of: store) == [1: [piece(2, "new")]])
        #expect(Files.size(of: journal.path) == journal.size)
    }
}
