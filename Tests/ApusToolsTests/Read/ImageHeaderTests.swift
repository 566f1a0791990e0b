import ApusCore
import Testing

@testable import ApusTools

@Suite struct ImageHeaderTests {
    private static let types = MediaType.allCases.filter(\.isImage)

    @Test(arguments: types, [ImageSize(width: 1, height: 1), ImageSize(width: 800, height: 600), ImageSize(width: 16_000, height: 2)])
    func sizesAreRead(type: MediaType, size: ImageSize) {
        #expect(ImageHeader(MediaSamples.image(type, size.width, size.height), type) == .whole(size))
    }

    @Test(arguments: types)
    func aFileThatLacksItsEndIsNeverTakenForWholeAndNothingCrashes(type: MediaType) {
        let bytes = MediaSamples.image(type, 800, 600)
        // The last byte of a PNG's end chunk does not matter; the checksum is not looked at.
        let dropped = type == .png ? 9 : 1
        for count in 0...(bytes.count - dropped) {
            let header = ImageHeader(Array(bytes[..<count]), type)
            #expect(header == .cutOff || header == .damaged, "\(count) bytes")
        }
    }

    @Test(arguments: types)
    func randomBytesNeverCrash(type: MediaType) {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<300 {
            let bytes = MediaSamples.image(type, 3, 4).prefix(12) + (0..<60).map { _ in UInt8.random(in: 0...255, using: &generator) }
            // Only that it returns: random bytes may pass.
            _ = ImageHeader(Array(bytes), type)
        }
    }

    @Test func anImageOfNoPixelsIsDamaged() { #expect(ImageHeader(MediaSamples.image(.png, 0, 7), .png) == .damaged) }

    private static let lossy: [UInt8] = Array("VP8 ".utf8) + [10, 0, 0, 0, 0, 0, 0, 0x9D, 0x01, 0x2A, 0x20, 0x43, 0x58, 0x02]
    private static let lossless: [UInt8] =
        Array("VP8L".utf8) + [5, 0, 0, 0, 0x2F] + MediaSamples.little(799 | 599 << 14, 4) + [UInt8(0)]

    @Test(arguments: [lossy, lossless])
    func webpHasThreeForms(body: [UInt8]) {
        #expect(ImageHeader(MediaSamples.riff(body), .webp) == .whole(ImageSize(width: 800, height: 600)))
    }
}
