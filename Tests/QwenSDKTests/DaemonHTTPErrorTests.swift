import QwenSDK
import Testing

struct DaemonHTTPErrorTests {
    @Test func itKeepsTheStatus() { #expect(DaemonHTTPError(status: 404, message: "x").status == 404) }
}
