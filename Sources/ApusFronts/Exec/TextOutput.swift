package import ApusCore

/// `text`: the last message of the assistant and a line end; on failure the failure sentence. Nothing else, ever.
package struct TextOutput: ExecOutput {
    package init() {}

    package mutating func begin(_ preamble: ExecPreamble) -> [UInt8] { [] }
    package mutating func receive(_ event: Event) -> [UInt8] { [] }

    package mutating func end(_ result: ExecResult, at time: Timestamp) -> [UInt8] {
        Array(result.text.utf8) + [UInt8(ascii: "\n")]
    }
}
