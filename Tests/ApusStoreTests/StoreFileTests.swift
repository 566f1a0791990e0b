import ApusBase
import ApusCore
import Foundation
import GRDB
import Testing

@testable import ApusStore

@Suite struct StoreFileTests {
    private let home = TemporaryHome()

    private func write(_ bytes: [UInt8]) throws {
        try Files.createDirectory(home.path)
        try Files.write(bytes, to: home.database)
    }

    private func bytes(_ suffix: String = "") throws -> [UInt8] {
        try Files.read(home.database + suffix, limit: Files.size(of: home.database + suffix) ?? 0)
    }

    #if os(Linux)
        /// The kernel gives up a process's locks on a file with any close of it, and whoever closes last would take the log away.
        @Test func whoHasTheStoreOpenHoldsItsLocks() async throws {
            try await makeStore()
            let log = try home.open()
            _ = try StoreInspection.of(home: home.path)
            let second = try home.open()
            var status = stat()
            #expect(stat(home.database, &status) == 0)
            let locks = try String(contentsOfFile: "/proc/locks", encoding: .utf8).split(separator: "\n")
            let mine = locks.filter { $0.contains("POSIX") && $0.contains(" \(getpid()) ") && $0.contains(":\(status.st_ino) ") }
            #expect(!mine.isEmpty, "nobody who closes meanwhile may believe to be the last")
            await second.close()
            await log.close()
        }
    #endif

    /// A store with some events, closed, all of it in the one file.
    private func makeStore() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        _ = try await writer.commit([header("s")])
        for round in 0..<200 {
            _ = try await writer.commit([.titleChanged(String(repeating: "title \(round) ", count: 40))])
        }
        await log.close()
        // The last writing connection to close moves the write-ahead log into the file.
        try DatabaseQueue(path: home.database).close()
        #expect(Files.size(of: home.database + "-wal") == nil)
    }

    /// Opening must fail with a sentence that has all `words`, and leave the file alone.
    private func refuses(_ words: String...) throws {
        let before = try bytes()
        var seen = ""
        do {
            _ = try home.open()
        } catch let error as EventLogError {
            seen = sentence(error)
        }
        for word in words + [home.database] { #expect(seen.contains(word), "\(word) is not in: \(seen)") }
        #expect(try bytes() == before)
    }

    @Test func aNewHomeIsForItsOwnerOnly() async throws {
        let log = try home.open()
        _ = try await log.create("s") { _ in }
        let modes = try [
            home.path, home.path + "/journal", home.database, home.database + "-wal", home.path + "/journal/" + home.journals[0],
        ]
        .map { try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int }
        #expect(modes == [0o700, 0o700, 0o600, 0o600, 0o600])
        await log.close()
    }

    @Test func aHomeBelowAFileIsRefusedWithItsName() throws {
        try write([])
        let error = #expect(throws: EventLogError.self) { try SQLiteEventLog.open(at: home.database + "/below", time: TestTime()) }
        #expect(sentence(error).contains("/below"))
    }

    @Test func aShortWriteAheadLogIsLeftToTheNextAndALongOneIsNot() async throws {
        let log = try home.open()
        let writer = try await log.create("s") { _ in }
        _ = try await writer.commit([header("s")])
        await log.close()
        #expect(try #require(Files.size(of: home.database + "-wal")) > 0)
        let again = try home.open()
        #expect(try await again.all("s").map(\.kind) == [header("s")])
        let second = try await again.open("s") { _ in }
        _ = try await second.commit([.titleChanged(String(repeating: "x", count: StoreLimit.checkpointBytes))])
        await again.close()
        #expect(Files.size(of: home.database + "-wal") == nil)
        let last = try home.open()
        #expect(try await last.all("s").count == 2)
        await last.close()
    }

    @Test func anEmptyFileIsANewStore() async throws {
        try write([])
        let log = try home.open()
        _ = try await log.create("s") { _ in }
        await log.close()
    }

    @Test(arguments: ["text", "SQLite format 3\0", String(repeating: "A long text that is no database. ", count: 400)])
    func whatIsNoDatabaseIsRefused(text: String) throws {
        try write(Array(text.utf8))
        try refuses("not a session store", "move it away", "APUS_HOME")
    }

    @Test func theDatabaseOfAnotherProgramIsRefused() throws {
        try Files.createDirectory(home.path)
        let queue = try DatabaseQueue(path: home.database)
        try queue.write { try $0.execute(sql: "CREATE TABLE recipes (name TEXT)") }
        try queue.close()
        try refuses("another program", "move it away")
    }

    @Test func aNewerStoreIsRefused() async throws {
        try await makeStore()
        let queue = try DatabaseQueue(path: home.database)
        try await queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA user_version = 99") }
        try queue.close()
        try refuses("newer Apus", "99", "update Apus")
    }

    @Test func aNewerStoreIsRefusedThoughItsVersionIsInTheLogOnly() async throws {
        let source = TemporaryHome()
        let log = try source.open()
        _ = try await log.create("s") { _ in }
        try await log.execute("PRAGMA user_version = 99")
        try Files.createDirectory(home.path)
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: source.database + suffix, toPath: home.database + suffix) }
        await log.close()
        let before = try bytes("-wal")
        #expect(!before.isEmpty)
        try refuses("newer Apus", "99")
        #expect(try bytes("-wal") == before)
    }

    @Test func aTruncatedStoreIsRefused() async throws {
        try await makeStore()
        try write(Array(try bytes().dropLast(10_000)))
        try refuses("damaged", "put back a copy")
    }

    @Test(arguments: [100, 4096]) func aStoreWithGarbageInItIsRefused(offset: Int) async throws {
        try await makeStore()
        var garbled = try bytes()
        for index in offset..<(garbled.count) { garbled[index] = UInt8(truncatingIfNeeded: index &* 31 &+ 7) }
        try write(garbled)
        try refuses("damaged", "put back a copy")
    }

    @Test func damageFoundLaterIsASentenceAndWhatCanBeReadIsRead() async throws {
        try await makeStore()
        var garbled = try bytes()
        let head = try StoreDatabase.reading(home.database)
        let root = try await head.read { try Int.fetchOne($0, sql: "SELECT rootpage FROM sqlite_schema WHERE name = 'events'") }
        try head.close()
        // The last pages hold the newest events, if none of them is the root of a table.
        let start = garbled.count - 3 * 4096
        #expect(try #require(root) * 4096 < start)
        for index in start..<garbled.count { garbled[index] = 0xEE }
        try write(garbled)
        let log = try home.open()
        #expect(try await log.events(in: "s", after: 0, limit: 10).count == 10)
        #expect(sentence(await failure { try await log.all("s") }).contains("damaged"))
        await log.close()
    }
}
