import ApusBase
import ApusCore
import ApusFronts
import ApusServer
import Synchronization

/// The front of a protocol over HTTP, as the house of listeners treats all of them.
protocol HouseFront: HTTPService {
    /// Tells and ends whatever lasts longer than a request. Returns when that is done, or after two seconds.
    func shutDown() async
}

extension QwenFront: HouseFront {}
extension OptaFront: HouseFront {}

/// What the front of one listener is made of.
enum FrontSetting: Sendable {
    case qwen(QwenSetting)
    case opta(OptaSetting, OptaFiles?)
}

/// Makes the front of a listener, once there is something to serve; `nil` where nobody serves clients.
typealias FrontMaker = @Sendable (FrontSetting) -> (any HouseFront)?

/// Brings the requests of one listener to its front. Those that come before the house is open wait.
final class HTTPDoor: HTTPService {
    private let setting: FrontSetting
    private let maker: OneShot<FrontMaker>
    private let front = Mutex<(any HouseFront)?>(nil)
    private let isShutDown = Mutex(false)

    init(_ setting: FrontSetting, _ maker: OneShot<FrontMaker>) {
        self.setting = setting
        self.maker = maker
    }

    func admit(_ head: HTTPHead) async -> HTTPAdmission {
        guard let front = await opened() else { return .refused(Self.nobody) }
        return await front.admit(head)
    }

    func upgrade(_ head: HTTPHead) async -> HTTPUpgrade {
        guard let front = await opened() else { return .refused(Self.nobody) }
        return await front.upgrade(head)
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

    private func opened() async -> (any HouseFront)? {
        if let front = front.withLock({ $0 }) { return front }
        guard let make = await maker.wait() else { return nil }
        return front.withLock { front in
            if front == nil { front = make(setting) }
            return front
        }
    }

    private static let nobody = HTTPAnswer(
        503, fields: [("content-type", "application/json; charset=utf-8")], .bytes(Array(#"{"error":"The daemon is not serving"}"#.utf8)))
}
