package import ApusBase
import ApusCore
import ApusModels
package import ApusSettings

/// `apus models list`: what could be asked, with what is known of it. Needs no key and opens nothing but the settings.
package struct ModelList: Sendable {
    private let models: [ListedModel]
    /// Why a run that names no model would fail.
    package let trouble: String?

    package init(_ configuration: DaemonConfiguration) async throws(SettingsFault) {
        let settings = try ProjectSettings(configuration).read().settings
        for warning in settings.warnings { configuration.announce(warning) }
        let catalog = ModelCatalog(settings: settings, environment: configuration.environment, fallback: OfflinePlanner())
        (models, trouble) = await catalog.list()
        await catalog.close()
    }

    package var json: JSONValue { .array(models.map(Self.object)) }

    /// A block of lines for each model.
    package var text: String { models.map(Self.block).joined() }

    /// The sections behind the options of `apus exec --help` that tools read (`droid-exec.md` §1.9).
    package var helpSections: String {
        let custom = models.filter { if case .settings = $0.origin { true } else { false } }
        let others = models.filter { if case .settings = $0.origin { false } else { true } }
        let width = models.map(\.description.id.count).max() ?? 0
        func section(_ title: String, _ models: [ListedModel]) -> [String] {
            ["", title] + (models.isEmpty ? ["  (none)"] : models.map { Self.row($0, width) })
        }
        let details = models.map { "  - \(Self.name($0)): \(Self.reasoning($0.description))" }
        let lines = section("Available Models:", others) + section("Custom Models:", custom) + ["", "Model details:"] + details
        return lines.joined(separator: "\n") + "\n"
    }

    private static func row(_ model: ListedModel, _ width: Int) -> String {
        let id = escapedForDisplay(model.description.id, keepingNewlines: false)
        let padding = String(repeating: " ", count: max(0, width - id.count) + 2)
        return "  \(id)\(padding)\(name(model))\(model.isDefault ? " (default)" : "")"
    }

    private static func name(_ model: ListedModel) -> String { escapedForDisplay(model.description.displayName, keepingNewlines: false) }

    private static func reasoning(_ about: ModelDescription) -> String {
        if about.efforts.isEmpty { return "supports reasoning: No" }
        return "supports reasoning: Yes; supported: [\(about.efforts.map(\.rawValue).joined(separator: ", "))]; default: the model's own"
    }

    private static func object(_ model: ListedModel) -> JSONValue {
        let about = model.description
        func number(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        var object: JSONObject = [
            "id": .string(about.id), "displayName": .string(about.displayName), "provider": .string(about.dialect),
            "isDefault": .bool(model.isDefault), "isUsable": .bool(model.obstacle == nil), "source": source(model.origin),
            "contextTokens": number(about.contextTokens), "maximumOutputTokens": number(about.maximumOutputTokens),
            "efforts": .array(about.efforts.map { .string($0.rawValue) }), "priceUSDPerMillionTokens": .null,
        ]
        if let price = about.price {
            object["priceUSDPerMillionTokens"] = [
                "input": .double(price.input), "output": .double(price.output), "cacheRead": .double(price.cacheRead),
                "cacheCreation": .double(price.cacheCreation),
            ]
        }
        if let obstacle = model.obstacle { object["obstacle"] = .string(obstacle) }
        return .object(object)
    }

    private static func source(_ origin: ListedModel.Origin) -> JSONValue {
        switch origin {
        case .settings(let file): ["kind": "settings", "place": .string(file)]
        case .environment(let variable): ["kind": "environment", "place": .string(variable)]
        case .localServer(let address): ["kind": "local-server", "place": .string(address)]
        case .builtIn: ["kind": "built-in"]
        }
    }

    private static func block(_ model: ListedModel) -> String {
        let about = model.description
        let name = about.displayName == about.id ? "" : "  \(escapedForDisplay(about.displayName, keepingNewlines: false))"
        var lines = ["\(escapedForDisplay(about.id, keepingNewlines: false))\(name)\(model.isDefault ? "  (default)" : "")"]
        lines.append("from \(place(model.origin)), provider \(about.dialect)")
        if case .builtIn = model.origin { return format(lines + ["no language model: knows a fixed set of requests, costs nothing"]) }
        let limits = [about.contextTokens.map { "context \($0)" }, about.maximumOutputTokens.map { "output \($0)" }].compactMap(\.self)
        let efforts = about.efforts.isEmpty ? "unknown" : about.efforts.map(\.rawValue).joined(separator: " ")
        lines.append((limits.isEmpty ? "limits unknown" : limits.joined(separator: ", ")) + "; efforts \(efforts)")
        lines.append(about.price.map(words) ?? "price unknown")
        if let obstacle = model.obstacle { lines.append(obstacle) }
        return format(lines)
    }

    private static func place(_ origin: ListedModel.Origin) -> String {
        switch origin {
        case .settings(let file): file
        case .environment(let variable): variable
        case .localServer(let address): "the server at \(address)"
        case .builtIn: "Apus itself"
        }
    }

    private static func words(_ price: ModelPrice) -> String {
        "USD for a million tokens: input \(price.input), output \(price.output), cache read \(price.cacheRead), "
            + "cache write \(price.cacheCreation)"
    }

    private static func format(_ lines: [String]) -> String {
        lines.enumerated().map { ($0 == 0 ? "" : "    ") + $1 + "\n" }.joined()
    }
}
