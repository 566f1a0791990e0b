package import ApusBase

/// Judges final answers against an output schema and words what a model is told about it (`droid-exec.md` R-LOOP-07).
package struct OutputCheck: Hashable, Sendable {
    package enum Verdict: Hashable, Sendable {
        case fits(JSONValue)
        /// One sentence or more: what is wrong with it.
        case fails(String)
    }

    /// How often a model may repair its answer.
    package static let rounds = 2

    let schema: JSONSchema

    package init(_ schema: JSONSchema) {
        self.schema = schema
    }

    package func judge(_ answer: String) -> Verdict {
        let text = Self.withoutFence(answer)
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: text) } catch { return .fails("It is not one JSON value: \(error).") }
        let violations = schema.violations(of: value)
        if violations.isEmpty { return .fits(value) }
        return .fails(violations.map { "\($0)" }.joined(separator: "; ") + ".")
    }

    /// What the model is told before the turn.
    var instruction: String {
        """
        The final answer of this turn must be one JSON value that fits the JSON Schema below, and nothing else: no words around it, no \
        code fence. Tools may be used as usual before it.
        \(schema.document.serialized())
        """
    }

    static func repair(_ problem: String) -> String {
        "Your answer does not fit the output schema. \(problem) Answer again with the corrected JSON value alone."
    }

    /// Many models fence JSON even when told not to; nothing is lost by looking inside.
    private static func withoutFence(_ answer: String) -> String {
        var lines = answer.split(separator: "\n", omittingEmptySubsequences: false).map { $0.trimmed }
        while lines.first?.isEmpty == true { lines.removeFirst() }
        while lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count > 2, lines.first == "```json" || lines.first == "```", lines.last == "```" else { return answer }
        return lines.dropFirst().dropLast().joined(separator: "\n")
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
