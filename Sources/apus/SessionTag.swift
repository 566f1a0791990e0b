import ApusBase
import ApusCore

/// `--tag`: a name, or `{"name": …, "metadata": {…}}`; `value` is read as `metadata.value` (`droid-exec.md` C13).
enum SessionTag {
    struct Fault: Error {
        var sentence: String
    }

    static func label(_ argument: String) throws(Fault) -> SessionLabel {
        guard argument.first == "{" else {
            if argument.allSatisfy(\.isWhitespace) { throw Fault(sentence: "--tag needs a name.") }
            return SessionLabel(name: argument)
        }
        let value: JSONValue
        do throws(JSONError) { value = try JSONValue(parsing: argument) } catch {
            throw Fault(sentence: "--tag is not valid JSON (\(error)): \(argument)")
        }
        guard let name = value["name"]?.stringValue, !name.isEmpty else {
            throw Fault(sentence: "--tag needs a \"name\": \(argument)")
        }
        var metadata: [String: String] = [:]
        for (key, member) in value["metadata"]?.objectValue ?? JSONObject() {
            guard let text = member.stringValue else { throw Fault(sentence: "--tag: metadata.\(key) must be a string: \(argument)") }
            metadata[key] = text
        }
        if let text = value["value"]?.stringValue { metadata["value"] = text }
        return SessionLabel(name: name, metadata: metadata)
    }
}
