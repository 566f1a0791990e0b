import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusStore

@Suite struct TextRunTests {
    private func pieces(_ seed: UInt64, _ count: Int) -> [Event] {
        RandomHistory.events(seed: seed, steps: count).filter { !$0.kind.isFact }
    }

    private func decode(_ bytes: [UInt8], after cursor: EventNumber = 0, limit: Int = .max) -> [Event]? {
        var events: [Event] = []
        let isRun = bytes.withUnsafeBytes { TextRun.decode($0, after: cursor, limit: limit, into: &events) }
        return isRun ? events : nil
    }

    @Test(arguments: UInt64(1)...20) func givesBackExactlyThePiecesThatWentIn(seed: UInt64) {
        let pieces = pieces(seed, 300)
        #expect(decode(TextRun.encode(pieces[...])) == pieces)
    }

    @Test func aCursorInsideGivesThePiecesBehindIt() {
        let pieces = pieces(7, 120)
        let bytes = TextRun.encode(pieces[...])
        for index in pieces.indices {
            #expect(decode(bytes, after: pieces[index].number) == Array(pieces[(index + 1)...]))
            #expect(decode(bytes, after: pieces[index].number, limit: 2) == Array(pieces[(index + 1)...].prefix(2)))
        }
    }

    @Test func slicesKeepOrderAndBounds() {
        var pieces: [Event] = []
        for number in 1...5000 {
            let size = number.isMultiple(of: 1000) ? StoreLimit.textRunBytes + 1 : number % 90 + 1
            pieces.append(Event(number: EventNumber(number), time: 0, kind: .delta(delta(String(repeating: "x", count: size)))))
        }
        let slices = TextRun.slices(of: pieces)
        #expect(slices.flatMap { Array($0) } == pieces)
        for slice in slices {
            #expect(slice.count <= TextRun.maximumPieces)
            #expect(slice.count == 1 || slice.reduce(0) { $0 + $1.deltaBytes } <= StoreLimit.textRunBytes)
        }
        #expect(TextRun.slices(of: []).isEmpty)
    }

    @Test func bytesThatAreNoRunAreRefusedWhereverTheyAreCut() {
        let bytes = TextRun.encode(pieces(3, 40)[...])
        for count in 0..<bytes.count { #expect(decode(Array(bytes.prefix(count))) == nil) }
        var generator = SeededGenerator(seed: 1)
        for _ in 0..<5_000 {
            var garbled = bytes
            for _ in 0..<3 { garbled[Int.random(in: 0..<garbled.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator) }
            _ = decode(garbled)
        }
    }
}
