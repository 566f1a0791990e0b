import ApusBase
import ApusSettings
import Testing

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

@Suite struct SettingsSchemaTests {
    /// To mend it: `apus config schema > docs/settings.schema.json`.
    @Test func documentIsWhatTheTableSays() throws {
        let folder = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        #expect(try String(contentsOfFile: "/\(folder)/docs/settings.schema.json", encoding: .utf8) == SettingsSchema.text)
    }

    @Test func everyKeyIsInIt() throws {
        let properties = try JSONValue(parsing: SettingsSchema.text)["properties"]
        for key in SettingsKey.all {
            var schema = properties
            for (depth, part) in key.path.split(separator: ".").enumerated() {
                if depth > 0 { schema = schema?["properties"] }
                schema = schema?[String(part)]
            }
            #expect(schema?["description"] != nil, "\(key.path)")
            if let fallback = key.fallback {
                #expect(schema?["default"] == fallback)
                #expect(key.shape.judge(fallback) == .fits(fallback), "\(key.path)")
            }
        }
    }

    @Test func keysAreNamedOnceAndHaveTwoPartsAtMost() {
        let paths = SettingsKey.all.map(\.path)
        #expect(Set(paths).count == paths.count)
        #expect(paths.allSatisfy { $0.split(separator: ".").count <= 2 })
    }

    @Test(arguments: [
        ("modle", "model"), ("Model", "model"), ("custommodels", "customModels"), ("requireTrust", nil),
        ("exec.requiretrust", "exec.requireTrust"),
        ("", nil), ("completely different", nil),
    ])
    func nearestKeyIsFoundOrNone(_ name: String, _ nearest: String?) {
        #expect(SettingsKey.nearest(to: name) == nearest)
    }

    @Test func indentedIsTheSameValue() throws {
        let value = try JSONValue(parsing: "{\"a\":[],\"b\":{},\"c\":[1,\"x\"],\"d\":[{\"e\":null}]}")
        #expect(
            value.indented() == "{\n  \"a\": [],\n  \"b\": {},\n  \"c\": [1,\"x\"],\n  \"d\": [\n    {\n      \"e\": null\n    }\n  ]\n}")
        #expect(try JSONValue(parsing: value.indented()) == value)
    }
}
