import ApusTesting
import Foundation
import Testing

@testable import ApusTransport

@Suite struct ChildProcessTests {
    private func shell(_ script: String, secrets: [String] = []) -> ChildProcess {
        ChildProcess(
            ChildProcess.Configuration(
                executable: "/bin/sh", arguments: ["-c", script], environment: ["PATH": "/usr/bin:/bin", "GREETING": "hi"], directory: "/",
                secrets: secrets))
    }

    @Test func linesGoBothWays() async throws {
        try await within {
            let child = self.shell(#"echo "free text"; echo "{\"pwd\":\"$PWD $GREETING\"}"; while read -r line; do echo "$line"; done"#)
            try await child.connect()
            #expect(try await child.receive() == Array(#"{"pwd":"/ hi"}"#.utf8))
            try await child.send(Array(#"{"a":1}"#.utf8))
            try await child.send(Array(#"{"b":2}"#.utf8))
            #expect(try await child.receive() == Array(#"{"a":1}"#.utf8))
            #expect(try await child.receive() == Array(#"{"b":2}"#.utf8))
            await child.close()
            #expect(try await child.receive() == nil)
        }
    }

    @Test func anEndByItselfIsAnErrorWithItsCodeAndWhatWasWritten() async throws {
        try await within {
            let child = self.shell(#"echo '{"last":1}'; echo "the key is sesame-123" >&2; exit 3"#, secrets: ["sesame-123"])
            try await child.connect()
            #expect(try await child.receive() == Array(#"{"last":1}"#.utf8))
            let expected = TransportError.exited(code: 3, signal: nil, standardError: "the key is ***\n")
            await #expect(throws: expected) { try await child.receive() }
            await child.close()
        }
    }

    @Test func aSignalIsTold() async throws {
        try await within {
            let child = self.shell("kill -9 $$")
            try await child.connect()
            await #expect(throws: TransportError.exited(code: nil, signal: 9, standardError: "")) { try await child.receive() }
            await child.close()
        }
    }

    @Test func whatIgnoresEverythingIsKilled() async throws {
        try await within {
            let child = self.shell(#"trap "" TERM; echo '{}'; while :; do sleep 0.05; done"#)
            try await child.connect()
            _ = try await child.receive()
            let pid = try #require(child.processIdentifier)
            await child.close()
            #expect(kill(pid, 0) == -1)
        }
    }

    @Test func aProgramThatIsNotThereIsSaid() async throws {
        let child = ChildProcess(ChildProcess.Configuration(executable: "/no/such/program", arguments: [], environment: [:]))
        let error = await #expect(throws: TransportError.self) { try await child.connect() }
        #expect(error?.description.hasPrefix("Failed to start \"/no/such/program\": ") == true)
    }
}
