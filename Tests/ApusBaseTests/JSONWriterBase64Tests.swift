import ApusBase
import Foundation
import Testing

@Suite struct JSONWriterBase64Tests {
    @Test(arguments: 0...70)
    func isWhatFoundationWrites(count: Int) {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 151 &+ 7) }
        var writer = JSONWriter(reservingCapacity: 0)
        writer.beginArray()
        writer.base64(bytes)
        writer.base64(bytes, after: "data:image/png;base64,")
        writer.string("behind")
        writer.endArray()
        let text = Data(bytes).base64EncodedString()
        #expect(writer.text == "[\"\(text)\",\"data:image/png;base64,\(text)\",\"behind\"]")
    }
}
