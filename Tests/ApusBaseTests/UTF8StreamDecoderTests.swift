import ApusBase
import Testing

@Suite struct UTF8StreamDecoderTests {
    static let texts: [[UInt8]] = [
        [], Array("plain".utf8), Array("é€😀\u{10FFFF}\u{FEFF}".utf8), [0x80], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xF0, 0x9F, 0x98, 0x41],
        [0xE0, 0x80, 0x80],
        [0xED, 0xA0, 0x80], [0xFF, 0xFE, 0xC3, 0xC3, 0xA9], [0xF0, 0x80, 0x80, 0x80, 0x80], [0xF4, 0x90, 0x80, 0x80],
        [0xC2, 0xE2, 0x82, 0xF0, 0x9F],
    ]

    @Test(arguments: texts)
    func thePiecesJoinToTheWholeHoweverCut(bytes: [UInt8]) {
        let whole = String(decoding: bytes, as: UTF8.self)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var decoder = UTF8StreamDecoder()
                let pieces = [
                    decoder.push(bytes[..<first]), decoder.push(bytes[first..<second]), decoder.push(Array(bytes[second...])),
                    decoder.finish(),
                ]
                #expect(pieces.joined() == whole)
                #expect(decoder.finish() == "")
            }
        }
        var decoder = UTF8StreamDecoder()
        #expect(bytes.map { decoder.push([$0]) }.joined() + decoder.finish() == whole)
    }

    @Test(arguments: 0..<50)
    func randomBytesDecodeAsAWhole(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let leads: [UInt8] = [0x41, 0x80, 0x9F, 0xA0, 0xBF, 0xC0, 0xC3, 0xE0, 0xE2, 0xED, 0xF0, 0xF4, 0xF5, 0xFF]
        let bytes = (0..<200).map { _ in leads[Int.random(in: 0..<leads.count, using: &generator)] }
        var decoder = UTF8StreamDecoder()
        let text = bytes.randomlyCut(using: &generator).map { decoder.push($0) }.joined() + decoder.finish()
        #expect(text.unicodeScalars.elementsEqual(String(decoding: bytes, as: UTF8.self).unicodeScalars))
    }

    @Test func aWholeScalarIsGivenAtOnceAndACutOneHeldBack() {
        var decoder = UTF8StreamDecoder()
        #expect(decoder.push(Array("aé".utf8)) == "aé")
        #expect(decoder.push([0xF0, 0x9F]) == "")
        #expect(decoder.push([0x98]) == "")
        #expect(decoder.push([0x80, 0x62]) == "😀b")
    }
}
