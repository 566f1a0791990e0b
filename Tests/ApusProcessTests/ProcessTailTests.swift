import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusProcess

struct ProcessTailTests {
    struct StandingClock: TimeSource {
        var now: Timestamp { 1_000 }
        func sleep(for duration: Duration) async throws(CancellationError) {}
    }

    private func tail(_ bounds: ProcessBounds = ProcessBounds(), _ redaction: Redaction = .none) -> ProcessTail {
        ProcessTail(bounds, StandingClock(), redaction)
    }

    private func texts(_ chunks: [ProcessChunk]) -> [String] { chunks.map { "\($0.seq) \($0.stream.rawValue) \($0.text)" } }

    @Test func piecesOfOneStreamBecomeOneChunkUntilSomebodyLooks() {
        let tail = tail()
        tail.push(.stdout, Array("a".utf8))
        tail.push(.stdout, Array("b\n".utf8))
        tail.push(.stderr, Array("e".utf8))
        tail.push(.stdout, Array("c".utf8))
        #expect(texts(tail.page(after: 0, limit: 10, stream: nil).chunks) == ["1 stdout ab\n", "2 stderr e", "3 stdout c"])
        tail.push(.stdout, Array("d".utf8))
        #expect(texts(tail.page(after: 2, limit: 10, stream: nil).chunks) == ["3 stdout c", "4 stdout d"])
    }

    @Test func aPageHasItsStreamAndItsLimit() {
        let tail = tail()
        for number in 1...6 { tail.push(number % 2 == 0 ? .stderr : .stdout, Array("\(number)".utf8)) }
        let both = tail.page(after: 1, limit: 2, stream: nil)
        #expect(texts(both.chunks) == ["2 stderr 2", "3 stdout 3"])
        #expect(both.hasMore)
        let errors = tail.page(after: 2, limit: 2, stream: .stderr)
        #expect(texts(errors.chunks) == ["4 stderr 4", "6 stderr 6"])
        #expect(!errors.hasMore)
        #expect(tail.page(after: 6, limit: 2, stream: nil).chunks.isEmpty)
    }

    @Test func theOldestIsEvictedBeyondTheBoundOfBothStreamsTogether() {
        let tail = tail(ProcessBounds(outputBytes: 10))
        for number in 1...5 {
            tail.push(number % 2 == 0 ? .stderr : .stdout, Array("....".utf8))
            _ = tail.page(after: 0, limit: 1, stream: nil)
        }
        #expect(texts(tail.page(after: 0, limit: 10, stream: nil).chunks) == ["4 stderr ....", "5 stdout ...."])
    }

    @Test func whatIsEvictedBeforeTheLogHeardOfItIsCounted() {
        let tail = tail(ProcessBounds(outputBytes: 10))
        for number in 1...5 { tail.push(number % 2 == 0 ? .stderr : .stdout, Array("....".utf8)) }
        let news = tail.takeNews(isEnd: false)
        #expect(news.chunks.isEmpty)
        #expect(news.untoldBytes == 20)
        #expect(news.lastSeq == 5)
    }

    @Test func theLogHearsOfSoMuchAndThenOfHowMuchIsLeftOutTwice() {
        let tail = tail(ProcessBounds(toldBytes: 8))
        var told: [String] = []
        var untold: [Int] = []
        for number in 1...5 {
            tail.push(.stdout, Array("...\(number)".utf8))
            let news = tail.takeNews(isEnd: false)
            told += texts(news.chunks)
            untold.append(news.untoldBytes)
        }
        let end = tail.takeNews(isEnd: true)
        #expect(told == ["1 stdout ...1", "2 stdout ...2"])
        #expect(untold == [0, 0, 4, 0, 0])
        #expect(end.chunks.isEmpty)
        #expect(end.untoldBytes == 12)
    }

    @Test func aHundredMebibytesCostNoMoreThanTheBound() {
        let tail = tail(ProcessBounds(outputBytes: 1 << 20, toldBytes: 1 << 16))
        let piece = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 16)
        var told = 0
        for turn in 0..<1_600 {
            tail.push(.stdout, piece)
            if turn % 7 == 0 { told += tail.takeNews(isEnd: false).chunks.reduce(0) { $0 + $1.text.utf8.count } }
        }
        let kept = tail.page(after: 0, limit: 10_000, stream: nil).chunks.reduce(0) { $0 + $1.text.utf8.count }
        #expect(kept == 1 << 20)
        #expect(told == 1 << 16)
        #expect(tail.takeNews(isEnd: true).untoldBytes == 1_600 << 16 - 1 << 16)
    }

    @Test func charactersAreNeverCutAndWhatIsNoneIsMended() {
        let tail = tail()
        let bytes = Array("né".utf8)
        tail.push(.stdout, Array(bytes.dropLast()))
        #expect(texts(tail.page(after: 0, limit: 9, stream: nil).chunks) == ["1 stdout n"])
        tail.push(.stdout, [bytes[bytes.count - 1], 0xC3])
        tail.finish()
        #expect(texts(tail.page(after: 1, limit: 9, stream: nil).chunks) == ["2 stdout é\u{FFFD}"])
    }

    @Test func knownSecretsAreReplacedAlsoWhenTheyComeInPieces() {
        let tail = tail(ProcessBounds(), Redaction(secrets: ["canary-secret"]))
        tail.push(.stdout, Array("a canary-".utf8))
        tail.push(.stderr, Array("secret ".utf8))
        tail.push(.stdout, Array("secret b".utf8))
        tail.finish()
        let text = tail.page(after: 0, limit: 9, stream: .stdout).chunks.map(\.text).joined()
        #expect(text == "a *** b")
    }
}
