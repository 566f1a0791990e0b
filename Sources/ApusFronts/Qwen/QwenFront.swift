package import ApusCore

/// The qwen protocol of one listener (`qwen-serve.md`).
package final class QwenFront: HTTPService {
    private let services: ClientServices
    private let setting: QwenSetting

    package init(
        _ services: ClientServices, setting: QwenSetting, access: QwenAccess, version: String,
        log: @escaping @Sendable (String) -> Void = { _ in },
        defaults: SessionSettings = SessionSettings()
    ) {
        self.services = services
        self.setting = setting
    }

    package func admit(_ head: HTTPHead) async -> HTTPAdmission { .refused(HTTPAnswer(404)) }
    package func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer { HTTPAnswer(404) }
    /// Tells every stream that the daemon stops, and ends it. What is told is not stored.
    package func shutDown() async {}
}
