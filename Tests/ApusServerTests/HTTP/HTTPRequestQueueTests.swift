import NIOCore
import NIOHTTP1
import Testing

@testable import ApusServer

/// Requests that were sent ahead of their answers.
@Suite struct HTTPRequestQueueTests {
    private static let head = HTTPServerRequestPart.head(HTTPRequestHead(version: .http1_1, method: .GET, uri: "/"))
    private static let body = HTTPServerRequestPart.body(ByteBuffer(string: "x"))
    private static let end = HTTPServerRequestPart.end(nil)

    /// What comes out, in a letter each.
    private static func drained(_ queue: HTTPRequestQueue) -> String {
        var queue = queue
        var text = ""
        while let next = queue.popFirst() {
            switch next {
            case .part(.head): text += "h"
            case .part(.body): text += "b"
            case .part(.end): text += "e"
            case .fault: text += "f"
            }
        }
        return text
    }

    private static func queue(_ letters: String, most: Int = 10) -> HTTPRequestQueue {
        var queue = HTTPRequestQueue(maximumHeads: most)
        for letter in letters {
            switch letter {
            case "h": queue.append(head)
            case "b": queue.append(body)
            case "e": queue.append(end)
            default: queue.append(fault: .badRequest, "")
            }
        }
        return queue
    }

    @Test(arguments: [
        ("hbbehe", "hbbehe"), ("hefhe", "hef"), ("heff", "hef"), ("hehehbe", "hehe"), ("hehbehbehe", "hehbe"), ("", ""),
    ])
    func nothingIsTakenBehindAFaultOrTooMany(given: String, kept: String) {
        let queue = Self.queue(given, most: 2)
        #expect(Self.drained(queue) == kept)
        #expect(queue.isOver == (given != kept))
    }

    @Test func aPlaceIsFreeAgainWhenItsRequestWasTaken() {
        var queue = Self.queue("hehe", most: 2)
        for _ in 0..<2 { _ = queue.popFirst() }
        queue.append(Self.head)
        #expect(!queue.isOver)
        queue.append(Self.head)
        #expect(queue.isOver)
    }

    @Test(arguments: [("e", true), ("bbehe", true), ("", false), ("bb", false), ("he", false), ("bfe", false)])
    func theEndOfARequestIsFoundBeforeTheNext(given: String, hasEnd: Bool) { #expect(Self.queue(given).hasEnd == hasEnd) }

    @Test func anEndedQueueIsEmptyForGood() {
        var queue = Self.queue("hehe")
        queue.end()
        queue.append(Self.head)
        #expect(queue.isEmpty)
        #expect(queue.isOver)
    }
}
