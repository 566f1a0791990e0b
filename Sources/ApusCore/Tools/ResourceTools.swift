package import ApusBase

/// The two tools of ours that do their work at a server of MCP which their input names: all that is said about a server's own tools by
/// their names (`<server>___<tool>`) has to be said about these by name and input.
package enum ResourceTools {
    package static let list = "ListMcpResources"
    package static let read = "ReadMcpResource"

    package static func contains(_ tool: String) -> Bool { tool == list || tool == read }

    /// The server that a call of one of them goes to; `nil` for calls of other tools, and where none is named.
    package static func server(of tool: String, input: JSONValue) -> String? {
        contains(tool) ? input["server"]?.stringValue : nil
    }
}
