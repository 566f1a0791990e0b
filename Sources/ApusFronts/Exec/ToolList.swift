import ApusBase
package import ApusCore

/// `--list-tools`: what a run with this model, level and selection would have (`droid-exec.md` §2.7).
package struct ToolList: Hashable, Sendable {
    package enum Status: String, Hashable, Sendable {
        case allowed, blocked
        /// Switched off by name although the level would allow it.
        case overridden = "blocked override"
    }

    private struct Row: Hashable, Sendable {
        var definition: ToolDefinition
        /// Without level and without selection.
        var isUsuallyAllowed: Bool
        var status: Status
    }

    private let model: String
    private let level: AutonomyLevel
    private let rows: [Row]

    /// - Parameter catalogue: what the selection selects from, in the order in which models see it.
    package init(_ catalogue: [ToolDefinition], model: String, level: AutonomyLevel, selection: ToolSelection) {
        self.model = model
        self.level = level
        rows = catalogue.map { definition in
            let isPermitted = definition.leastLevel <= level
            let status: Status =
                if selection.disabled.contains(definition.name) && isPermitted {
                    .overridden
                } else if selection.allows(definition.name) && isPermitted { .allowed } else { .blocked }
            return Row(definition: definition, isUsuallyAllowed: definition.leastLevel <= .off, status: status)
        }
    }

    package func status(of tool: String) -> Status? { rows.first { $0.definition.name == tool }?.status }

    /// By category, one line a tool.
    package var text: String {
        let autonomy = level == .off ? "read-only" : level.rawValue
        var lines = ["Tools for \(model) at autonomy \(autonomy):"]
        let width = rows.map(\.definition.name.count).max() ?? 0
        for category in ToolDefinition.Category.allCases {
            let members = rows.filter { $0.definition.category == category }
            if members.isEmpty { continue }
            lines += ["", "\(category.rawValue)"]
            for row in members {
                let padding = String(repeating: " ", count: width - row.definition.name.count)
                lines.append("  \(row.definition.name)\(padding)  \(row.definition.displayName)  status: \(row.status.rawValue)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// One array on one line.
    package var json: String {
        var writer = JSONWriter()
        writer.beginArray()
        for row in rows {
            writer.beginObject()
            writer.field("id", row.definition.id)
            writer.field("llmId", row.definition.name)
            writer.field("displayName", row.definition.displayName)
            writer.field("description", row.definition.summary)
            writer.field("category", row.definition.category.rawValue)
            writer.field("source", "native")
            writer.field("defaultAllowed", row.isUsuallyAllowed)
            writer.field("currentlyAllowed", row.status == .allowed)
            writer.endObject()
        }
        writer.endArray()
        return writer.text + "\n"
    }
}

extension ToolDefinition {
    /// `TodoWrite` as `Todo Write`: what a list shows to people.
    fileprivate var displayName: String {
        var words = ""
        for (index, letter) in name.enumerated() {
            if index > 0 && letter.isUppercase && words.last?.isLowercase == true { words.append(" ") }
            words.append(letter)
        }
        return words
    }
}
