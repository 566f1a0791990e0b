/// A model as a list shows it.
package struct ListedModel: Hashable, Sendable {
    package enum Origin: Hashable, Sendable {
        /// `customModels` of a settings file.
        case settings(path: String)
        /// A key in the environment, by the variable's name.
        case environment(variable: String)
        /// A server found on this machine.
        case localServer(address: String)
        case builtIn
    }

    package var description: ModelDescription
    package var origin: Origin
    package var isDefault: Bool
    /// Why it cannot be used as it is, with the way out.
    package var obstacle: String?

    package init(description: ModelDescription, origin: Origin, isDefault: Bool = false, obstacle: String? = nil) {
        self.description = description
        self.origin = origin
        self.isDefault = isDefault
        self.obstacle = obstacle
    }
}
