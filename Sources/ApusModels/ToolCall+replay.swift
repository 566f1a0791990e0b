import ApusBase
import ApusCore

extension ToolCall {
    /// The input as providers take it back: servers and their templates parse it and refuse what is no object, on every later request.
    /// What the model wrote instead is kept where it can see it.
    var inputObject: JSONValue {
        input.objectValue == nil ? .object(["unreadable_input": input]) : input
    }
}
