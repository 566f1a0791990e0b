import ApusCore
import ApusTools

/// The built-in tools as clients choose from them.
struct OfferedTools: ToolCatalogue {
    let tools: BuiltinTools

    var every: [ToolDefinition] { tools.definitions }

    func catalogue(for dialect: String, adding additional: [String]) -> [ToolDefinition] {
        tools.catalogue(for: dialect, adding: additional)
    }
}
