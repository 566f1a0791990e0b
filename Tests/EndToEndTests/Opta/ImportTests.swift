import Foundation
import OptaSDK
import QwenSDK
import Testing

/// A program that imports both libraries and Foundation can name what they give it. Such a test fails by not compiling.
@Suite struct ImportTests {
    @Test func namesOfPayloadsDoNotClash() {
        let names: [Any.Type] = [
            ToolCall.self, PermissionRequest.self, PermissionResolved.self, TurnError.self, DaemonToolCall.self,
            DaemonPermissionRequest.self,
            DaemonPermissionResolved.self, DaemonTurnError.self, OutputStream.self, BackgroundStream.self,
        ]
        #expect(Set(names.map { String(reflecting: $0) }).count == names.count)
    }
}
