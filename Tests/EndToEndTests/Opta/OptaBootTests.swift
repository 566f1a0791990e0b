import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Which ports the Opta protocol gets, and who opens them (`opta-v3.md` §1.4, `settled.md` 4).
@Suite struct OptaBootTests {
    /// A port that is taken for as long as the value lives.
    private final class TakenPort: Sendable {
        let number: Int
        private let descriptor: Int32

        /// - Parameter port: 0 takes any. Fails silently for one that is taken by somebody else, which is as good.
        init(_ port: Int = 0) throws {
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_port = in_port_t(port).bigEndian
            address.sin_addr.s_addr = in_addr_t(INADDR_LOOPBACK).bigEndian
            var size = socklen_t(MemoryLayout<sockaddr_in>.size)
            let descriptor = descriptor
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    _ = bind(descriptor, address, size)
                    _ = listen(descriptor, 1)
                    _ = getsockname(descriptor, address, &size)
                }
            }
            number = port == 0 ? Int(in_port_t(bigEndian: address.sin_port)) : port
            if number == 0 { throw ChildError(description: "no port could be taken") }
        }

        deinit { close(descriptor) }
    }

    private static func listeners(_ status: JSONValue) -> [String] {
        (status["listeners"]?.arrayValue ?? []).compactMap { $0["protocol"]?.stringValue }
    }

    @Test func withoutAPortOneBesideTheUsualOneWillDo() async throws {
        let taken = try TakenPort(9_999)
        defer { withExtendedLifetime(taken) {} }
        try await withOpta(["--opta"]) { daemon async throws in
            #expect((10_000...10_020).contains(daemon.port))
            #expect(try daemon.state()["port"]?.integerValue == Int64(daemon.port))
        }
    }

    /// The whole of 127/8 is this machine, and clients ask for the address that `state.json` names.
    @Test func anotherAddressOfThisMachineIsServedUnderItsName() async throws {
        try await withOpta(["--opta=0", "--opta-host", "127.0.0.2"]) { daemon async throws in
            #expect(try daemon.state()["host"] == "127.0.0.2")
            let peer = try await RawPeer.connect(port: daemon.port, host: "127.0.0.2")
            let lines = ["GET /health HTTP/1.1", "Host: 127.0.0.2:\(daemon.port)", "Connection: close"]
            try await peer.send(lines.joined(separator: "\r\n") + "\r\n\r\n")
            let answer = try await peer.all()
            #expect(answer.hasPrefix("HTTP/1.1 200 "), "\(answer)")
        }
    }

    @Test func aPortThatWasNamedAndIsTakenIsAStartThatFails() async throws {
        let taken = try TakenPort()
        defer { withExtendedLifetime(taken) {} }
        try await withHome { executable, home async throws in
            let words = ["daemon", "--port", "0", "--opta=\(taken.number)", "--opta-home", RunningOpta.optaHome(home)]
            let outcome = try await executable.start(words, home: home).finish()
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.hasPrefix("No available daemon port found (occupied: \(taken.number))."), "\(outcome.everything)")
            #expect(!FileManager.default.fileExists(atPath: "\(RunningOpta.optaHome(home))/daemon/state.json"))
        }
    }

    @Test(arguments: [
        (["--opta=70000"], "--opta is \"70000\". Use a port, 0 to 65535, or none."),
        (["--opta=x"], "--opta is \"x\". Use a port, 0 to 65535, or none."),
        (["--opta", "-1"], "Unknown option"),
        (["--qwen=x"], "--qwen is \"x\". Use a port, 0 to 65535, or none."), (["--opta-home", "x"], "--opta-home needs --opta."),
        (["--opta-host", "127.0.0.1"], "--opta-host needs --opta."), (["--opta-workspace", "."], "--opta-workspace needs --opta."),
        (["--opta=0", "--opta-workspace", "/nowhere/at/all"], "--opta-workspace is \"/nowhere/at/all\""),
        (["--opta=0", "--opta-host", "0.0.0.0"], "Refusing to listen on 0.0.0.0 without TLS"),
        (["--opta=0", "--opta-host", "::"], "Refusing to listen on :: without TLS"),
        (["--opta=0", "--opta-host", "localhost.evil"], "Refusing to listen on localhost.evil without TLS"),
        (["--opta=0", "--opta-host", "0.0.0.0", "--tls-cert", "c.pem"], "--tls-cert needs --tls-key."),
    ])
    func whatIsWrongOrUnsafeIsRefused(words: [String], why: String) async throws {
        try await withHome { executable, home async throws in
            let outcome = try await executable.start(["daemon", "--port", "0"] + words, home: home).finish()
            #expect(outcome.status == .exited(2), "\(outcome.everything)")
            #expect(outcome.text == "")
            #expect(outcome.diagnostics.contains(why), "\(outcome.everything)")
        }
    }

    @Test func aWrongHeadroomIsSaid() async throws {
        try await withHome { executable, home async throws in
            let words = ["daemon", "--port", "0", "--opta=0"]
            let outcome = try await executable.start(words, home: home, environment: ["OPTA_DISK_HEADROOM_MB": "lots"]).finish()
            #expect(outcome.status == .exited(2), "\(outcome.everything)")
            #expect(outcome.diagnostics.hasPrefix("OPTA_DISK_HEADROOM_MB is \"lots\"."), "\(outcome.everything)")
        }
    }

    /// A page elsewhere, and a key in the URL, are for this machine alone.
    @Test func withTheFlagItListensWhereOthersReachItAndAKeyIsNeeded() async throws {
        try await withOpta(["--opta=0", "--opta-host", "0.0.0.0", "--insecure-bind"]) { daemon async throws in
            #expect(try daemon.state()["host"] == "0.0.0.0")
            let token = try daemon.token()
            #expect(try await daemon.status("/v3/health") == 401)
            #expect(try await daemon.status("/v3/health?token=\(token)") == 401)
            #expect(try await daemon.admits(token))
        }
    }

    // MARK: - The owner

    @Test func onAHomeThatADaemonOwnsThatOneOpensThePort() async throws {
        try await withDaemon { owner async throws in
            let second = try await RunningOpta.start(owner.executable, owner.home)
            #expect(Self.listeners(try await owner.status()) == ["droid", "droid", "opta"])
            #expect(try second.state()["pid"]?.integerValue == Int64(owner.process.pid))
            #expect(try await second.admits(try second.token()))
            #expect(try await second.end().status == .exited(0))
            let closed = " info closed url=http://127.0.0.1:\(second.port)\n"
            try await eventually("its port is closed", within: .seconds(60)) { try owner.log().contains(closed) }
            #expect(try await second.status("/health") == nil)
            #expect(try second.names() == ["daemon.lock", "daemon.log", "token"])
            let third = try await RunningOpta.start(owner.executable, owner.home)
            #expect(try await third.admits(try third.token()))
            #expect(try await owner.apus("daemon", "stop").status == .exited(0))
            #expect(try await third.process.finish().status == .exited(0))
            #expect(try third.names() == ["daemon.lock", "daemon.log", "token"])
        }
    }

    @Test func startingItBehindTheTerminalPassesEverythingOn() async throws {
        try await withHome { executable, home async throws in
            let words = [
                "daemon", "start", "--port", "0", "--opta=0", "--opta-host", "127.0.0.1", "--opta-home", RunningOpta.optaHome(home),
            ]
            let outcome = try await executable.start(words, home: home).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let status = try JSONValue(parsing: try await executable.start(["daemon", "status", "--json"], home: home).finish().text)
            #expect(Self.listeners(status) == ["droid", "opta"])
            let state = try JSONValue(
                parsing: try String(contentsOfFile: "\(RunningOpta.optaHome(home))/daemon/state.json", encoding: .utf8))
            #expect(state["pid"] == status["pid"])
            #expect(outcome.text.contains("http://127.0.0.1:\(state["port"]?.integerValue ?? 0)"))
            let again = try await executable.start(words, home: home).finish()
            #expect(again.text.hasPrefix("A daemon runs already "), "\(again.everything)")
        }
    }
}
