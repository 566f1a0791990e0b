import ApusCore
import ApusEngine
import ApusFronts
import ApusServer
import Synchronization

/// Makes the front of a listener of the qwen protocol, once there is something to serve; `nil` where nobody serves clients.
typealias QwenMaker = @Sendable (QwenSetting) -> QwenFront?

/// Brings the requests of one listener to its front. Those that come before the house is open wait.
final class QwenDoor: HTTPService {
    private let setting: QwenSetting
    private let maker: OneShot<QwenMaker>
    private let front = Mutex<QwenFront?>(nil)
    private let isShutDown = Mutex(false)

    init(_ setting: QwenSetting, _ maker: OneShot<QwenMaker>) {
        self.setting = setting
        self.maker = maker
    }

    func admit(_ head: HTTPHead) async -> HTTPAdmission {
        if let front = front.withLock({ $0 }) { return await front.admit(head) }
        guard let make = await maker.wait(), let front = opened(make) else { return .refused(Self.nobody) }
        return await front.admit(head)
    }

    func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer {
        guard let front = front.withLock({ $0 }) else { return Self.nobody }
        return await front.respond(to: head, body: body, from: client)
    }

    /// Streams are told and ended, the first time; the connections stay. Takes two seconds at most, which only those need who do not read.
    ///
    /// - Returns: whether this was the first time.
    @discardableResult
    func shutDown() async -> Bool {
        let isFirst = isShutDown.withLock { isShutDown in
            defer { isShutDown = true }
            return !isShutDown
        }
        if isFirst { await front.withLock { $0 }?.shutDown() }
        return isFirst
    }

    private func opened(_ make: QwenMaker) -> QwenFront? {
        front.withLock { front in
            if front == nil { front = make(setting) }
            return front
        }
    }

    private static let nobody = HTTPAnswer(
        503, fields: [("content-type", "application/json; charset=utf-8")], .bytes(Array(#"{"error":"The daemon is not serving"}"#.utf8)))
}
