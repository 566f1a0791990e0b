import ApusTesting
import ApusTransport
import Foundation
import Testing

@testable import OptaSDK

/// What a daemon notes of itself, and where tokens are kept.
struct StateFileTests {
    private func withFolder<Result>(_ body: (String) throws -> Result) throws -> Result {
        let folder = NSTemporaryDirectory() + "opta-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }

    @Test func itIsLookedForWhereDaemonsPutIt() {
        #expect(DaemonStateFile.defaultPath(environment: ["HOME": "/h", "XDG_CONFIG_HOME": "/x"]) == "/x/opta/daemon/state.json")
        #expect(DaemonStateFile.defaultPath(environment: ["HOME": "/h", "XDG_CONFIG_HOME": ""]) == "/h/.config/opta/daemon/state.json")
    }

    @Test func aMissingFileIsToldWithItsPath() throws {
        let error = try #require(#expect(throws: DaemonStateFileError.self) { try DaemonClient.fromStateFile(at: "/nowhere/state.json") })
        #expect(error == DaemonStateFileError(path: "/nowhere/state.json", reason: .missing))
        #expect(error.message.contains("/nowhere/state.json"))
    }

    @Test(arguments: [
        (#"{"port":9"#, "no JSON object"), ("[]", "no JSON object"), ("", "no JSON object"), (#"{"token":"t"}"#, "port"),
        (#"{"port":70000,"token":"t"}"#, "port"), (#"{"port":9,"token":" \n"}"#, "token"), (#"{"port":9}"#, "token"),
    ])
    func aTornOrIncompleteFileIsTold(text: String, says: String) throws {
        try withFolder { folder in
            let path = folder + "/state.json"
            try text.write(toFile: path, atomically: true, encoding: .utf8)
            let error = #expect(throws: DaemonStateFileError.self) { try DaemonStateFile.read(at: path) }
            #expect(error?.message.contains(says) == true)
        }
    }

    @Test func aMissingHostIsLoopback() throws {
        try withFolder { folder in
            let path = folder + "/state.json"
            try #"{"port":9,"token":"t"}"#.write(toFile: path, atomically: true, encoding: .utf8)
            #expect(try DaemonStateFile.read(at: path).host == "127.0.0.1")
        }
    }

    @Test func aTokenIsKeptForItsOwnerOnly() throws {
        try withFolder { folder in
            let store = FileTokenStore(folder: folder + "/tokens")
            #expect(try store.token(host: "h", port: 1) == nil)
            #expect(throws: TokenStoreError.self) { try DaemonClient(host: "h", port: 1, tokens: store) }
            try store.save("one", host: "h", port: 1)
            try store.save("two", host: "h", port: 1)
            try store.save("other", host: "h", port: 2)
            #expect(try store.token(host: "h", port: 1) == "two")
            #expect(try DaemonClient(host: "h", port: 1, tokens: store).description == "DaemonClient(h:1)")
            let names = try FileManager.default.contentsOfDirectory(atPath: store.folder).sorted()
            #expect(names == ["h_1.token", "h_2.token"])
            let modes = try ([store.folder] + names.map { store.folder + "/" + $0 }).map {
                try FileManager.default.attributesOfItem(atPath: $0)[.posixPermissions] as? Int
            }
            #expect(modes == [0o700, 0o600, 0o600])
            try store.remove(host: "h", port: 1)
            try store.remove(host: "h", port: 1)
            #expect(try store.token(host: "h", port: 1) == nil)
        }
    }

    /// A daemon that listens on one port at a time, with a state file.
    @Test(arguments: [true, false]) func callsFollowADaemonThatBeganAnewElsewhere(noticesItself: Bool) async throws {
        let path = NSTemporaryDirectory() + "opta-state-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let write = { (port: Int, token: String) in
            try #"{"port":\#(port),"token":"\#(token)"}"#.write(toFile: path, atomically: true, encoding: .utf8)
        }
        try write(9_999, "old")
        let port = Watched(9_999)
        let asked = Watched<[String]>([])
        let client = DaemonHTTPClient(
            endpoint: try DaemonClient.stateFileEndpoint(at: path),
            transport: MemoryHTTPTransport { request async throws(HTTPTransportError) in
                asked.change { $0.append("\(request.url) \(request.header("Authorization") ?? "")") }
                guard request.url.contains(":\(port.value)/") else { throw .connectFailed("refused") }
                return .json(200, #"{"daemonId":"d","ts":"t"}"#)
            })
        #expect(try await client.metrics().daemonID == "d")
        port.change { $0 = 10_000 }
        if noticesItself { try write(10_000, "new") }
        let first = "http://127.0.0.1:9999/v3/metrics Bearer old"
        if noticesItself {
            #expect(try await client.metrics().daemonID == "d")
            #expect(asked.value == [first, first, "http://127.0.0.1:10000/v3/metrics Bearer new"])
        } else {
            let error = await #expect(throws: DaemonConnectionError.self) { try await client.metrics() }
            #expect(error?.wasSent == false)
            #expect(asked.value == [first, first])
        }
    }

    @Test func theStateFilesTokenIsKeptOnDemand() throws {
        try withFolder { folder in
            let path = folder + "/state.json"
            try #"{"port":9,"token":"t"}"#.write(toFile: path, atomically: true, encoding: .utf8)
            let store = FileTokenStore(folder: folder + "/tokens")
            _ = try DaemonClient.fromStateFile(at: path, tokens: store)
            #expect(try store.token(host: "127.0.0.1", port: 9) == "t")
        }
    }
}
