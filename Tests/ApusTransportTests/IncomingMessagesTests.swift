import ApusTesting
import Testing

@testable import ApusTransport

@Suite struct IncomingMessagesTests {
    @Test func itAsksForAPauseAndForMoreWhenThereIsRoom() async throws {
        let messages = IncomingMessages(limit: 10)
        #expect(!messages.push([1, 2, 3]))
        #expect(messages.push([4, 5, 6, 7, 8, 9, 10]))
        var resumed = 0
        #expect(try await messages.next { resumed += 1 } == [1, 2, 3])
        #expect(resumed == 0)
        #expect(try await messages.next { resumed += 1 } == [4, 5, 6, 7, 8, 9, 10])
        #expect(resumed == 1)
    }

    @Test func whatCameBeforeTheEndIsRead() async throws {
        let messages = IncomingMessages()
        _ = messages.push([1])
        messages.finish(.closed(code: 1_000, reason: ""))
        messages.finish()
        #expect(!messages.push([2]))
        #expect(try await messages.next() == [1])
        await #expect(throws: TransportError.closed(code: 1_000, reason: "")) { try await messages.next() }
    }

    @Test func aCancelledReaderGetsNothing() async throws {
        let messages = IncomingMessages()
        let reader = Task { try await messages.next() }
        reader.cancel()
        #expect(try await within { try await reader.value } == nil)
        _ = messages.push([1])
        #expect(try await messages.next() == [1])
    }
}
