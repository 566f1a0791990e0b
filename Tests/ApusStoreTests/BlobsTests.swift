import ApusBase
import ApusCore
import Foundation
import Testing

@testable import ApusStore

@Suite struct BlobsTests {
    private let home = TemporaryHome()
    private let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    private var file: String { "\(home.path)/blobs/ba/\(abc)" }

    private var files: [String] {
        (FileManager.default.enumerator(atPath: home.path + "/blobs")?.compactMap { $0 as? String } ?? []).filter { $0.count > 2 }
    }

    @Test func bytesAreStoredOnceAndGoWithTheirLastUse() async throws {
        let log = try home.open()
        #expect(try await log.blobs.get(abc) == nil)
        #expect(try await log.blobs.put(Array("abc".utf8)) == abc)
        #expect(try await log.blobs.put(Array("abc".utf8)) == abc)
        #expect(try await log.blobs.get(abc) == Array("abc".utf8))
        #expect(files == ["ba/\(abc)"])
        try await log.blobs.release(abc)
        #expect(try await log.blobs.get(abc) == Array("abc".utf8))
        try await log.blobs.release(abc)
        #expect(try await log.blobs.get(abc) == nil)
        #expect(files.isEmpty)
        try await log.blobs.release(abc)
        await log.close()
    }

    @Test func manyAtOnceCountRight() async throws {
        let log = try home.open()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<40 { group.addTask { _ = try await log.blobs.put([UInt8(number % 4)]) } }
            try await group.waitForAll()
        }
        #expect(files.count == 4)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let hash = try await log.blobs.put([1])
            for _ in 0..<11 { group.addTask { try await log.blobs.release(hash) } }
            try await group.waitForAll()
        }
        #expect(files.count == 3)
        await log.close()
    }

    @Test func tooLargeABlobIsRefusedAndLeavesNothing() async throws {
        let log = try home.open()
        let error = await failure { try await log.blobs.put([UInt8](repeating: 0, count: ByteLimit.blobBytes + 1)) }
        #expect(sentence(error).contains("\(ByteLimit.blobBytes)"))
        #expect(files.isEmpty)
        await log.close()
    }

    @Test func changedBytesAreNoticedAndStoringAgainMendsALostFile() async throws {
        let log = try home.open()
        _ = try await log.blobs.put(Array("abc".utf8))
        try Files.write(Array("abX".utf8), to: file)
        #expect(sentence(await failure { try await log.blobs.get(abc) }).contains(file))
        Files.remove(file)
        #expect(sentence(await failure { try await log.blobs.get(abc) }).contains(file))
        _ = try await log.blobs.put(Array("abc".utf8))
        #expect(try await log.blobs.get(abc) == Array("abc".utf8))
        await log.close()
    }

    /// A copy has the same facts, so the same uses.
    @Test func copyingASessionCountsTheMediaOfAllItsFacts() async throws {
        let log = try home.open()
        let hash = try await log.blobs.put(Array("abc".utf8))
        _ = try await log.blobs.put(Array("abc".utf8))
        let media = [MediaReference(MediaDetails(.png), hash: hash, byteCount: 3)]
        let input = TurnInput(turn: "t", prompt: "look", origin: TurnOrigin(front: .exec, writer: "", approvals: .stop), media: media)
        let writer = try await log.create("source") { _ in }
        _ = try await writer.commit([
            .sessionCreated(SessionHeader(id: "source", createdAt: 0, workingDirectory: "/"), SessionSettings()), .turnQueued(input),
            .userMessage("m", "t", "look", media: media),
            .toolFinished(ToolOutcome(call: "c", status: .succeeded, text: "\"media\":[", media: media)),
            .toolFinished(ToolOutcome(call: "d", status: .succeeded, text: "\"media\":[")),
        ])
        try await log.copy("source", to: "target")
        #expect(try await log.events(in: "target", after: 0, limit: 10).flatMap(\.kind.keptMedia) == media + media)
        for _ in 0..<3 { try await log.blobs.release(hash) }
        #expect(try await log.blobs.get(hash) == Array("abc".utf8))
        try await log.blobs.release(hash)
        #expect(try await log.blobs.get(hash) == nil)
        // What is gone is not counted anew.
        try await log.copy("source", to: "another")
        #expect(try await log.blobs.get(hash) == nil)
        await writer.close()
        await log.close()
    }
}
