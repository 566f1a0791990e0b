import ApusCore
import ApusFronts
import Foundation
import Synchronization
import Testing

@testable import ApusDaemon

/// Keys on disk and in a running daemon (S5, S6, S8).
@Suite struct KeyTests {
    private let home: TemporaryHome
    private let file: KeyFile

    init() throws {
        home = try TemporaryHome()
        file = KeyFile(home.folder)
    }

    private func ring(environment: String? = nil, complain: @escaping @Sendable (String) -> Void = { _ in }) -> KeyRing {
        KeyRing(file, environmentKey: environment, complain: complain)
    }

    @Test func theDigestIsSHA256() {
        #expect(APIKey.digest(of: "abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    }

    @Test func keysAreLongAndNeverTheSame() {
        let keys = Set((0..<100).map { _ in APIKey.generate() })
        #expect(keys.count == 100)
        for key in keys {
            #expect(key.hasPrefix("apus_"))
            #expect(key.utf8.count == 48)
        }
    }

    @Test func onlyTheHashIsKeptAndOnlyTheOwnerReadsIt() throws {
        let (secret, record) = try file.add(name: "ci", scopes: [.observer, .prompter], at: 5)
        #expect(record == KeyRecord(name: "ci", digest: APIKey.digest(of: secret), scopes: [.observer, .prompter], createdAt: 5))
        #expect(try file.records() == [record])
        let text = try TemporaryHome.text(of: home.folder.keys)
        #expect(!text.contains(secret))
        #expect(try TemporaryHome.mode(of: home.folder.keys) == 0o600)
        #expect(try TemporaryHome.mode(of: home.folder.path) == 0o700)
    }

    @Test func namesAreGivenOnceAndOnesOfOthersNever() throws {
        #expect(try file.add(name: nil, scopes: [.admin], at: 1).1.name == "key-1")
        #expect(try file.add(name: "key-2", scopes: [.admin], at: 1).1.name == "key-2")
        #expect(try file.add(name: nil, scopes: [.admin], at: 1).1.name == "key-3")
        for name in ["key-1", "local", "FACTORY_API_KEY"] {
            #expect(throws: DaemonFileError.self) { try file.add(name: name, scopes: [.admin], at: 1) }
        }
        #expect(try file.remove(name: "key-1")?.name == "key-1")
        #expect(try file.remove(name: "key-1") == nil)
        #expect(try file.records().map(\.name) == ["key-2", "key-3"])
    }

    @Test func manyWritersAtOnceLoseNothing() async throws {
        try home.folder.make()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<20 { group.addTask { _ = try? file.add(name: "n\(number)", scopes: [.observer], at: 1) } }
        }
        #expect(Set(try file.records().map(\.name)) == Set((0..<20).map { "n\($0)" }))
    }

    @Test func theLocalKeyIsMadeOnceAndIsTheOwners() throws {
        let secret = try file.localSecret()
        #expect(try file.localSecret() == secret)
        #expect(try TemporaryHome.mode(of: home.folder.localKey) == 0o600)
    }

    @Test func aLocalKeyThatOthersCouldReadDoesNotCount() async throws {
        let secret = try file.localSecret()
        chmod(home.folder.localKey, 0o644)
        let said = Mutex<[String]>([])
        let ring = ring { sentence in said.withLock { $0.append(sentence) } }
        #expect(await ring.client(for: secret) == nil)
        #expect(said.withLock { $0.count } == 1)
    }

    @Test func scopesAreThoseOfTheKey() async throws {
        let ring = ring(environment: "from-the-environment")
        for scope in ClientScope.allCases {
            let (secret, _) = try file.add(name: scope.rawValue, scopes: [scope], at: 1)
            #expect(await ring.client(for: secret) == ClientIdentity(name: scope.rawValue, scopes: [scope]))
        }
        let all = Set(ClientScope.allCases)
        #expect(await ring.client(for: try file.localSecret()) == ClientIdentity(name: "local", scopes: all))
        #expect(await ring.client(for: "from-the-environment") == ClientIdentity(name: "FACTORY_API_KEY", scopes: all))
    }

    @Test(arguments: ["", " ", "apus_", "from-the-environmen", "FACTORY_API_KEY", "local"])
    func whatIsNoKeyIsNobody(secret: String) async throws {
        _ = try file.localSecret()
        #expect(await ring(environment: "from-the-environment").client(for: secret) == nil)
        #expect(await ring(environment: "").client(for: secret) == nil)
    }

    @Test func aHashIsNoKey() async throws {
        let (secret, record) = try file.add(name: nil, scopes: [.admin], at: 1)
        let ring = ring()
        #expect(await ring.client(for: secret) != nil)
        #expect(await ring.client(for: record.digest) == nil)
    }

    @Test func aRevokedKeyIsRefusedAtOnceAndWhoWaitsIsTold() async throws {
        let (secret, record) = try file.add(name: "laptop", scopes: [.admin], at: 1)
        let (other, _) = try file.add(name: "other", scopes: [.admin], at: 1)
        let ring = ring()
        #expect(await ring.client(for: secret) != nil)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await ring.run() }
            async let revoked: Void = ring.revocation(of: record.name)
            _ = try file.remove(name: record.name)
            await revoked
            #expect(await ring.client(for: secret) == nil)
            #expect(await ring.client(for: other) != nil)
            group.cancelAll()
        }
    }

    @Test func aKeyOfTheSameNameDoesNotKeepTheOldOneAlive() async throws {
        let (secret, _) = try file.add(name: "laptop", scopes: [.admin], at: 1)
        let ring = ring()
        #expect(await ring.client(for: secret) != nil)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await ring.run() }
            // Registers with the digest that the name has now.
            async let revoked: Void = ring.revocation(of: "laptop")
            do {
                _ = try file.remove(name: "laptop")
                _ = try file.add(name: "laptop", scopes: [.admin], at: 2)
            } catch { Issue.record(error) }
            await revoked
            group.cancelAll()
        }
    }

    @Test func aWaitThatIsCancelledReturns() async throws {
        let (secret, _) = try file.add(name: "laptop", scopes: [.admin], at: 1)
        let ring = ring()
        #expect(await ring.client(for: secret) != nil)
        let waiting = Task { await ring.revocation(of: "laptop") }
        waiting.cancel()
        await waiting.value
    }

    @Test(arguments: ["", "{", "[]", #"{"version":2,"keys":[]}"#, #"{"version":1,"keys":[{"name":"x"}]}"#])
    func aFileThatCannotBeUnderstoodGivesNobodyAKey(text: String) async throws {
        let (secret, _) = try file.add(name: nil, scopes: [.admin], at: 1)
        try Data(text.utf8).write(to: URL(fileURLWithPath: home.folder.keys))
        let said = Mutex<[String]>([])
        let ring = ring { sentence in said.withLock { $0.append(sentence) } }
        #expect(await ring.client(for: secret) == nil)
        #expect(said.withLock { $0.first }?.contains(home.folder.keys) == true)
        #expect(throws: DaemonFileError.self) { try file.add(name: nil, scopes: [.admin], at: 1) }
    }
}
