import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Synchronization
import Testing

@testable import ApusFronts

struct OptaModelTests {
    /// Counts how often it was asked.
    struct Catalogue: ModelCatalogue {
        let asked = Watched(0)

        func offered() async -> [OfferedModel] {
            asked.change { $0 += 1 }
            return [
                OfferedModel(
                    model: ModelDescription(
                        id: "local:11434/qwen3", displayName: "qwen3", dialect: "generic-chat-completion-api", contextTokens: 32_768),
                    isDefault: true, isCustom: false),
                OfferedModel(
                    model: ModelDescription(id: "claude", displayName: "Claude", dialect: "anthropic"), isDefault: false, isCustom: true,
                    obstacle: "No key"),
                OfferedModel(
                    model: ModelDescription(id: "offline", displayName: "Offline", dialect: "offline"), isDefault: false, isCustom: false),
            ]
        }
    }

    private let models: JSONValue = [
        ["model_id": "local:11434/qwen3", "status": "loaded", "is_default": true, "context_length": 32_768],
        ["model_id": "offline", "status": "loaded", "is_default": false],
    ]

    @Test func whatCanBeAskedCountsAsLoaded() async throws {
        let house = OptaExtensionHouse(models: Catalogue())
        try await house.running {
            #expect(await house.call("GET", "/v3/lmx/status").body == ["status": "ok", "version": "test", "models": models])
            #expect(await house.call("GET", "/v3/lmx/models").body == ["models": models])
            #expect(await house.call("GET", "/v3/lmx/models/available").body == [])
            #expect(await house.call("GET", "/v3/lmx/memory").body == ["asked": .string("\(HouseQuestion.memory)")])
            let discovery = await house.call("GET", "/v3/lmx/discovery").body
            #expect(discovery["target"] == ["host": "127.0.0.1", "port": 11_434, "fallbackHosts": [], "autoDiscover": true])
        }
    }

    @Test func theListHasATagAndIsToldAgainOnlyWhenItIsAnother() async throws {
        let catalogue = Catalogue()
        let house = OptaExtensionHouse(models: catalogue)
        try await house.running {
            let first = await house.call("GET", "/v3/lmx/models")
            let tag = try #require(first.answer.fields.first { $0.name == "etag" }?.value)
            #expect(tag.count == 18 && tag.hasPrefix("\"") && tag.hasSuffix("\""))
            #expect(tag.dropFirst().dropLast().allSatisfy { "0123456789abcdef".contains($0) })
            for field in [tag, "W/" + tag, "\"x\", " + tag, "*"] {
                let again = await house.call("GET", "/v3/lmx/models", fields: [(name: "if-none-match", value: field)])
                #expect(again.status == 304, "\(field)")
                #expect(again.body == .null)
                #expect(again.answer.fields.first { $0.name == "etag" }?.value == tag)
            }
            #expect(await house.call("GET", "/v3/lmx/models", fields: [(name: "if-none-match", value: "\"x\"")]).status == 200)
            #expect(catalogue.asked.value == 1)
        }
    }

    @Test func theListIsKeptForFourSecondsAndAHalf() {
        let cache = OptaModelCache()
        #expect(cache.answer(at: 0) == nil)
        _ = cache.keep([1], at: 100)
        #expect(cache.answer(at: 4_599)?.bytes == [1])
        #expect(cache.answer(at: 4_600) == nil)
        #expect(cache.answer(at: 99) == nil)
    }

    static let actions: [(String, String, JSONValue, Int, String)] = [
        ("POST", "/v3/lmx/models/load", [:], 400, "Missing modelId"),
        ("POST", "/v3/lmx/models/unload", ["modelId": ""], 400, "Missing modelId"),
        ("POST", "/v3/lmx/models/load/confirm", [:], 400, "Missing confirmationToken"),
        ("POST", "/v3/lmx/models/download", ["repoId": 3], 400, "Missing repoId"),
        ("POST", "/v3/lmx/models/load", ["modelId": "m"], 501, ""), ("POST", "/v3/lmx/models/unload", ["modelId": "m"], 501, ""),
        ("POST", "/v3/lmx/models/load/confirm", ["confirmation_token": "t"], 501, ""),
        ("POST", "/v3/lmx/models/download", ["repoId": "a/b"], 501, ""), ("DELETE", "/v3/lmx/models/a%2Fb", [:], 501, ""),
        ("GET", "/v3/lmx/models/downloads?includeInactive=maybe", [:], 400, "Invalid includeInactive value (expected boolean)"),
        ("GET", "/v3/lmx/models/download/d/progress", [:], 404, "Download not found"),
        ("POST", "/v3/bridge/connect", ["deviceId": "d"], 501, ""), ("POST", "/v3/bridge/disconnect", [:], 501, ""),
        ("POST", "/v3/device/bootstrap", [:], 501, ""), ("POST", "/v3/device/execute", [:], 501, ""),
    ]

    @Test(arguments: actions)
    func whatHasNoMeaningHereSaysSo(method: String, path: String, body: JSONValue, status: Int, error: String) async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call(method, path, method == "POST" ? body : nil)
            #expect(reply.status == status)
            if error.isEmpty {
                #expect(reply.body["code"] == "not_supported")
                let sentence = try #require(reply.body["error"]?.stringValue)
                #expect(sentence.hasPrefix("Apus "))
            } else {
                #expect(reply.body["error"] == .string(error))
            }
        }
    }

    @Test func nothingIsDownloaded() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            for (query, isAll) in [("", false), ("?includeInactive=1", true), ("?include_inactive=true", true)] {
                let reply = await house.call("GET", "/v3/lmx/models/downloads" + query)
                #expect(reply.body == ["downloads": [], "count": 0, "includeInactive": .bool(isAll)])
            }
        }
    }

    @Test func theBridgeIsOffline() async throws {
        let house = OptaExtensionHouse()
        try await house.running {
            let reply = await house.call("GET", "/v3/bridge/status", key: "observer")
            #expect(reply.status == 200)
            #expect(reply.body["daemonId"] == "daemon_golden01")
            #expect(reply.body["bridge"]?["status"] == "offline")
            #expect(reply.body["bridge"]?["bridgeTokenPresent"] == false)
        }
    }
}
