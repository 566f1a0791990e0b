package import ApusBase

/// The JSON schema of `settings.json`, made from the table of known keys. Unknown keys are allowed: they are warned about, no more.
package enum SettingsSchema {
    /// Indented, with a line end; what `docs/settings.schema.json` holds.
    package static var text: String { JSONValue.object(document).indented() + "\n" }

    static var document: JSONObject {
        var properties: JSONObject = [:]
        for key in SettingsKey.all {
            guard let dot = key.path.firstIndex(of: ".") else {
                properties[key.path] = .object(property(key))
                continue
            }
            let group = String(key.path[..<dot])
            var object = properties[group]?.objectValue ?? ["type": "object"]
            var inner = object["properties"]?.objectValue ?? [:]
            inner[String(key.path[key.path.index(after: dot)...])] = .object(property(key))
            object["properties"] = .object(inner)
            properties[group] = .object(object)
        }
        return [
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Settings of Apus",
            "description": "settings.json and settings.local.json; comments and commas before a closing bracket are allowed.",
            "type": "object",
            "properties": .object(properties),
        ]
    }

    private static func property(_ key: SettingsKey) -> JSONObject {
        var schema = key.shape.schema
        if key.merging == .models { schema["items"] = .object(model) }
        let remark = key.use == .later ? " " + SettingsReport.remark(on: .later) : ""
        schema["description"] = .string(key.summary + remark)
        schema["default"] = key.fallback
        return schema
    }

    private static var model: JSONObject {
        let count: JSONValue = ["type": "integer", "minimum": 1]
        return [
            "type": "object",
            "required": ["model", "provider"],
            "properties": [
                "model": ["type": "string", "description": "The name the API knows the model by."],
                "displayName": ["type": "string"],
                "baseUrl": ["type": "string", "pattern": "^(https?://|\\$\\{)", "description": "Needed without bedrock."],
                "apiKey": [
                    "type": "string", "minLength": 1, "description": "Needed without bedrock; ${NAME} takes it from the environment.",
                ],
                "provider": ["type": "string", "enum": .array(ModelEntry.Provider.allCases.map { .string($0.rawValue) })],
                "id": ["type": "string", "pattern": "^custom:"],
                "index": ["type": "integer", "minimum": 0],
                "maxOutputTokens": count,
                "maxContextLimit": count,
                "noImageSupport": ["type": "boolean"],
                "enableThinking": ["type": "boolean"],
                "thinkingMaxTokens": count,
                "extraArgs": ["type": "object"],
                "extraHeaders": ["type": "object", "additionalProperties": ["type": "string"]],
                "bedrock": ["type": "object"],
            ],
        ]
    }
}

extension JSONValue {
    /// The value over several lines, two spaces a level; what is empty or a list of plain values stays on one line.
    package func indented(by indent: String = "") -> String {
        let deeper = indent + "  "
        switch self {
        case .object(let members) where !members.isEmpty:
            let lines = members.map { deeper + JSONValue.string($0.key).serialized() + ": " + $0.value.indented(by: deeper) }
            return "{\n" + lines.joined(separator: ",\n") + "\n\(indent)}"
        case .array(let elements) where elements.contains { $0.arrayValue != nil || $0.objectValue != nil }:
            return "[\n" + elements.map { deeper + $0.indented(by: deeper) }.joined(separator: ",\n") + "\n\(indent)]"
        case .null, .bool, .integer, .double, .string, .array, .object:
            return serialized()
        }
    }
}
