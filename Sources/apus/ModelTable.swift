import ApusBase
import ApusCore

/// Models in words.
enum ModelTable {
    static func text(_ models: [ListedModel]) -> String {
        models.map(paragraph).joined(separator: "\n")
    }

    /// The sections that tools read from `apus exec --help` (`droid-exec.md` §1.9).
    static func helpSections(_ models: [ListedModel]) -> String {
        let custom = models.filter { if case .settings = $0.origin { true } else { false } }
        let others = models.filter { if case .settings = $0.origin { false } else { true } }
        let width = models.map(\.description.id.count).max() ?? 0
        func section(_ title: String, _ models: [ListedModel]) -> [String] {
            ["", title] + (models.isEmpty ? ["  (none)"] : models.map { line($0, width) })
        }
        let details = models.map { model in "  - \(name(model)): \(reasoning(model.description))" }
        return (section("Available Models:", others) + section("Custom Models:", custom) + ["", "Model details:"] + details)
            .joined(separator: "\n") + "\n"
    }

    static func origin(_ model: ListedModel) -> String {
        switch model.origin {
        case .settings(let path): path
        case .environment(let variable): variable
        case .localServer(let address): address
        case .builtIn: "built in"
        }
    }

    private static func line(_ model: ListedModel, _ width: Int) -> String {
        let padding = String(repeating: " ", count: width - model.description.id.count + 2)
        return "  \(escapedForDisplay(model.description.id))\(padding)\(name(model))" + (model.isDefault ? " (default)" : "")
    }

    private static func reasoning(_ description: ModelDescription) -> String {
        if description.efforts.isEmpty { return "supports reasoning: No" }
        let supported = description.efforts.map(\.rawValue).joined(separator: ", ")
        return "supports reasoning: Yes; supported: [\(supported)]; default: the model's own"
    }

    private static func paragraph(_ model: ListedModel) -> String {
        let description = model.description
        var lines = ["\(escapedForDisplay(description.id))\(model.isDefault ? "  (default)" : "")"]
        if description.displayName != description.id { lines.append("  name     \(name(model))") }
        lines.append("  from     \(escapedForDisplay(origin(model), keepingNewlines: false)), \(description.dialect)")
        lines.append("  context  \(tokens(description.contextTokens)), output \(tokens(description.maximumOutputTokens))")
        if !description.efforts.isEmpty { lines.append("  efforts  \(description.efforts.map(\.rawValue).joined(separator: ", "))") }
        lines.append("  price    \(price(description))")
        if let obstacle = model.obstacle { lines.append("  problem  \(obstacle)") }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func name(_ model: ListedModel) -> String { escapedForDisplay(model.description.displayName, keepingNewlines: false) }

    private static func tokens(_ count: Int?) -> String { count.map { "\($0) tokens" } ?? "not known" }

    private static func price(_ description: ModelDescription) -> String {
        guard let price = description.price else { return "not known" }
        return "$\(shown(price.input)) in, $\(shown(price.output)) out, $\(shown(price.cacheRead)) cached, for a million tokens"
    }

    private static func shown(_ dollars: Double) -> String {
        let text = "\(dollars)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
