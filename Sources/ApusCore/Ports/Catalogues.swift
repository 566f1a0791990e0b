/// The models that a client may choose from.
package protocol ModelCatalogue: Sendable {
    /// The default first.
    func offered() async -> [OfferedModel]
}

package struct OfferedModel: Hashable, Sendable {
    package var model: ModelDescription
    package var isDefault: Bool
    /// Named in settings rather than known to us.
    package var isCustom: Bool
    /// Why it cannot be asked now.
    package var obstacle: String?

    package init(model: ModelDescription, isDefault: Bool, isCustom: Bool, obstacle: String? = nil) {
        self.model = model
        self.isDefault = isDefault
        self.isCustom = isCustom
        self.obstacle = obstacle
    }
}

/// The tools that a client may choose from, beside those of MCP servers.
package protocol ToolCatalogue: Sendable {
    /// Every tool of this version.
    var every: [ToolDefinition] { get }

    /// The usual ones of a dialect's models, and those added to them by name.
    func catalogue(for dialect: String, adding additional: [String]) -> [ToolDefinition]
}

/// Skills and commands that are there for a working directory. Reading them runs nothing.
package protocol ExtensionCatalogue: Sendable {
    func skills(for workingDirectory: String) async -> [ListedSkill]
    func commands(for workingDirectory: String) async -> [ListedCommand]
    /// Kept in the user's settings, or in those of the project. Throws a sentence.
    func setSkill(_ name: String, isDisabled: Bool, inProject workingDirectory: String?) async throws(ExtensionError)
}

package struct ExtensionError: Error, Hashable, Sendable, CustomStringConvertible {
    package var description: String
    package init(_ description: String) { self.description = description }
}

package struct ListedSkill: Hashable, Sendable {
    package enum Location: String, Hashable, Sendable, CaseIterable {
        case project, personal, builtin
    }

    package struct Resource: Hashable, Sendable {
        package var name: String
        package var path: String
        /// Otherwise something to copy from.
        package var isReference: Bool

        package init(name: String, path: String, isReference: Bool) {
            self.name = name
            self.path = path
            self.isReference = isReference
        }
    }

    package var name: String
    package var summary: String?
    package var location: Location
    package var path: String
    package var isEnabled: Bool
    package var isUserInvocable: Bool
    /// Whether the model may load it by itself.
    package var isModelInvocable: Bool
    /// False for one of a project that nobody has trusted: it is shown and not used.
    package var isTrusted: Bool
    package var version: String?
    package var content: String?
    package var resources: [Resource]

    package init(
        name: String, summary: String?, location: Location, path: String, isEnabled: Bool = true, isUserInvocable: Bool = true,
        isModelInvocable: Bool = true, isTrusted: Bool = true, version: String? = nil, content: String? = nil, resources: [Resource] = []
    ) {
        self.name = name
        self.summary = summary
        self.location = location
        self.path = path
        self.isEnabled = isEnabled
        self.isUserInvocable = isUserInvocable
        self.isModelInvocable = isModelInvocable
        self.isTrusted = isTrusted
        self.version = version
        self.content = content
        self.resources = resources
    }
}

package struct ListedCommand: Hashable, Sendable {
    package var name: String
    package var summary: String
    package var argumentHint: String?
    /// A program rather than a text for the model.
    package var isExecutable: Bool

    package init(name: String, summary: String, argumentHint: String? = nil, isExecutable: Bool = false) {
        self.name = name
        self.summary = summary
        self.argumentHint = argumentHint
        self.isExecutable = isExecutable
    }
}
