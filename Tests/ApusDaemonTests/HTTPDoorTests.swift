import ApusBase
import ApusFronts
import Testing

@testable import ApusDaemon

/// Requests that come before there is anybody to answer them.
@Suite struct HTTPDoorTests {
    private static func status(_ admission: HTTPAdmission) -> Int? {
        if case .refused(let answer) = admission { answer.status } else { nil }
    }

    @Test func theyWaitUntilTheHouseIsOpen() async {
        let maker = OneShot<FrontMaker>()
        let door = HTTPDoor(.qwen(QwenSetting()), maker)
        await withTaskGroup(of: Int?.self) { group in
            group.addTask { Self.status(await door.admit(HTTPHead(method: "GET", path: "/health"))) }
            // Where nobody serves clients, that is the answer.
            maker.give { _ in nil }
            for await status in group { #expect(status == 503) }
        }
    }

    @Test func whoGoesAwayMeanwhileWaitsForNothing() async {
        let door = HTTPDoor(.qwen(QwenSetting()), OneShot<FrontMaker>())
        let task = Task { Self.status(await door.admit(HTTPHead(method: "GET", path: "/health"))) }
        task.cancel()
        #expect(await task.value == 503)
    }

    @Test func whoeverHasNotOpenedHasNothingToShutDown() async {
        let door = HTTPDoor(.qwen(QwenSetting()), OneShot<FrontMaker>())
        await door.shutDown()
        let answer = await door.respond(to: HTTPHead(method: "GET", path: "/"), body: .bytes([]), from: .local)
        #expect(answer.status == 503)
    }
}
