import ApusCore
import ApusModels
import ApusSettings
import Testing

@Suite struct ModelResolverTests {
    private static let source = SettingsSource(path: "/u/settings.json", kind: .user)

    private static func entry(_ position: Int, _ name: String, _ model: String, id: String? = nil, index: Int? = nil) -> ModelEntry {
        var entry = ModelEntry(
            model: model, displayName: name, baseURL: "http://h", apiKey: Secret("k"), provider: .genericChatCompletion, source: source)
        entry.position = position
        entry.id = id
        entry.explicitIndex = index
        return entry
    }

    private static let entries = [
        entry(0, "Kimi K2 [Groq]", "kimi-k2"), entry(1, "GPT OSS", "openai/gpt-oss-20b"), entry(2, "GPT OSS", "gpt-oss-120b"),
        entry(3, "Qwen", "qwen3:32b", id: "custom:my-qwen"), entry(4, "Shared A", "shared"), entry(5, "Shared B", "shared"),
        entry(6, "Pinned", "pinned-model", index: 40), entry(7, "Deep (Fast)", "deep(fast)"), entry(8, "kimi k2 [groq]", "kimi-lower"),
        entry(9, "GPT-OSS-1", "trap"), entry(10, "Mid (high)", "mid"),
    ]
    private let resolver = ModelResolver(entries)

    @Test(
        arguments: [
            // 1: explicit id
            ("custom:my-qwen", 3, nil),
            // 2: slug and index
            ("custom:Kimi-K2-[Groq]-0", 0, nil), ("custom:GPT-OSS-1", 1, nil), ("custom:GPT-OSS-2", 2, nil), ("custom:Pinned-40", 6, nil),
            ("custom:Kimi K2 [Groq]-0", 0, nil), ("custom:Qwen-3", 3, nil),
            // 3: slug
            ("custom:Kimi-K2-[Groq]", 0, nil), ("custom:Deep-(Fast)", 7, nil), ("custom:GPT-OSS-1-9", 9, nil),
            // 4: model
            ("custom:kimi-k2", 0, nil), ("custom:openai/gpt-oss-20b", 1, nil), ("custom:deep(fast)", 7, nil),
            // 5: without regard to case
            ("custom:QWEN-3", 3, nil), ("custom:qwen", 3, nil), ("custom:OpenAI/GPT-OSS-20B", 1, nil), ("custom:KIMI-K2-[GROQ]-8", 8, nil),
            // 6: effort suffix
            ("custom:kimi-k2(high)", 0, .high), ("custom:my-qwen(low)", 3, .low), ("custom:Qwen (Max)", 3, .max),
            ("custom:Mid-(high)", 10, nil),
            ("custom:Mid-(high)(off)", 10, .off),
            // bare: 3 and 4
            ("Qwen", 3, nil), ("kimi-k2", 0, nil), ("qwen3:32b(medium)", 3, .medium), ("Kimi K2 [Groq]", 0, nil),
        ] as [(String, Int, ReasoningEffort?)])
    func findsByTheSixRules(_ name: String, _ place: Int, _ effort: ReasoningEffort?) {
        #expect(resolver.resolve(name) == .found(Self.entries[place], effort: effort))
    }

    @Test(arguments: [
        ("custom:GPT-OSS", [1, 2]), ("custom:shared", [4, 5]), ("shared", [4, 5]), ("custom:SHARED(high)", [4, 5]),
        ("custom:KIMI-K2-[GROQ]", [0, 8]),
    ])
    func severalFitsAreListed(_ name: String, _ places: [Int]) {
        #expect(resolver.resolve(name) == .ambiguous(places.map { Self.entries[$0] }))
    }

    @Test(arguments: [
        "custom:none", "custom:", "", "custom:Qwen-4", "custom:Pinned-6", "qwen", "my-qwen", "Qwen-3", "custom:kimi-k2(huge)", "kimi-k2)",
        "(high)",
    ])
    func restIsUnknown(_ name: String) {
        #expect(resolver.resolve(name) == .unknown)
    }
}
