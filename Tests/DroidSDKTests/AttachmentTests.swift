import Foundation
import Testing

@testable import DroidSDK

@Suite struct AttachmentTests {
    @Test(arguments: [
        ([0x89, 0x50, 0x4E, 0x47, 0x0D] as [UInt8], ImageMediaType.png), ([0xFF, 0xD8, 0xFF, 0xE0], .jpeg),
        (Array("GIF89a".utf8), .gif), (Array("RIFF0000WEBPVP8".utf8), .webp),
    ]) func anImageIsKnownByItsBytes(bytes: [UInt8], type: ImageMediaType) throws {
        let image = try Base64ImageSource(bytes: bytes)
        #expect(image == Base64ImageSource(data: Data(bytes).base64EncodedString(), mediaType: type))
    }

    @Test func whatIsNoImageIsRefused() {
        #expect(throws: InvalidAttachmentError("An image must be JPEG, PNG, GIF or WebP.")) { try Base64ImageSource(bytes: [1, 2, 3]) }
    }

    @Test func filesAreWhatIsInThem() throws {
        let scratch = try Scratch()
        func file(_ name: String, _ bytes: [UInt8]) throws -> URL {
            let url = URL(fileURLWithPath: scratch.path + "/" + name)
            try Data(bytes).write(to: url)
            return url
        }
        #expect(try DocumentSource(contentsOf: file("a.md", Array("hé".utf8))) == .text("hé", name: "a.md"))
        #expect(
            try DocumentSource(contentsOf: file("b", Array("%PDF-1.7".utf8)))
                == .pdf(PDFDocument(data: Data("%PDF-1.7".utf8).base64EncodedString(), name: "b")))
        #expect(throws: InvalidAttachmentError.self) { try DocumentSource(contentsOf: file("c", [0xFF, 0x00, 0xFE])) }
        #expect(throws: InvalidAttachmentError.self) { try DocumentSource(contentsOf: URL(fileURLWithPath: "/no/such")) }
        #expect(throws: InvalidAttachmentError.self) { try Base64ImageSource(contentsOf: file("d", Array("text".utf8))) }
    }
}
