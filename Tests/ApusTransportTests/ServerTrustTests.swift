import Foundation
import Testing

@testable import ApusTransport

/// Certificates that cannot be had. Those that can are believed, or not, in `OptaTLSTests`.
@Suite struct ServerTrustTests {
    @Test func withoutCertificatesNothingIsConnected() async throws {
        let path = NSTemporaryDirectory() + "trust-\(UUID().uuidString).pem"
        defer { try? FileManager.default.removeItem(atPath: path) }
        #expect(throws: Never.self) { try ServerTrust.system.configuration() }
        for isThere in [false, true] {
            if isThere { try "no certificate".write(toFile: path, atomically: true, encoding: .utf8) }
            let trust = ServerTrust.certificates(file: path)
            let problem = #expect(throws: ServerTrust.Problem.self) { try trust.configuration() }
            #expect(problem?.description.hasPrefix(path + " has no certificate") == true)
            let transport = HTTPClientTransport(trust: trust)
            let refused = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(HTTPRequest(url: "https://127.0.0.1:1/"))
            }
            #expect(refused == problem.map { .connectFailed($0.description) })
            await transport.close()
        }
    }
}
