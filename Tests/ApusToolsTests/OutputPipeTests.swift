import ApusBase
import Testing

@testable import ApusTools

@Suite struct OutputPipeTests {
    @Test func everythingArrivesInOrderWhoeverIsFaster() async {
        let pipe = OutputPipe()
        async let all = OutputPipeTests.drain(pipe)
        for number in 0..<1_000 { pipe.push(Array("\(number) ".utf8)) }
        pipe.close()
        let pieces = await all
        #expect(pieces.flatMap(\.bytes) == Array((0..<1_000).map { "\($0) " }.joined().utf8))
        #expect(pieces.allSatisfy { $0.dropped == 0 })
    }

    @Test func whenNobodyReadsTheOldestIsDroppedAndCounted() async {
        let pipe = OutputPipe()
        let piece = [UInt8](repeating: 1, count: 1 << 20)
        for _ in 0..<20 { pipe.push(piece) }
        pipe.push([2])
        pipe.close()
        let pieces = await OutputPipeTests.drain(pipe)
        #expect(pieces.count == 1)
        #expect(pieces[0].bytes.count + pieces[0].dropped == 20 << 20 | 1)
        #expect(pieces[0].bytes.count <= OutputPipe.maximumBytes)
        #expect(pieces[0].bytes.last == 2)
    }

    @Test func droppedBytesAreToldInTheOutput() {
        var output = CommandOutput(temporaryDirectory: "/nowhere")
        #expect(
            output.append(OutputPipe.Piece(bytes: Array("end".utf8), dropped: 7))
                == "\n[… 7 bytes came faster than they could be kept …]\nend")
        let (text, notice) = output.rendered()
        #expect(text == "\n[… 7 bytes came faster than they could be kept …]\nend")
        #expect(notice == nil)
    }

    @Test func aTemporaryFolderThatIsMissingIsToldAndLosesNothingElse() {
        var output = CommandOutput(temporaryDirectory: "/nowhere")
        _ = output.append(OutputPipe.Piece(bytes: [UInt8](repeating: UInt8(ascii: "x"), count: 50_000), dropped: 0))
        let (text, notice) = output.rendered()
        #expect(text.contains("characters omitted …]"))
        #expect(notice?.hasPrefix("[The full output could not be kept: ") == true)
    }

    private static func drain(_ pipe: OutputPipe) async -> [OutputPipe.Piece] {
        var pieces: [OutputPipe.Piece] = []
        while let piece = await pipe.next() { pieces.append(piece) }
        return pieces
    }
}
