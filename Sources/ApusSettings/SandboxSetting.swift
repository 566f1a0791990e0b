import ApusBase

/// What the `sandbox` settings take away from what the autonomy level allows (`droid-exec.md` §8, `settled.md` 6). Every file that has
/// them counts, each can only narrow, and a repository's own are no danger therefore.
///
/// What is asked for and cannot be kept stops the run with ``refusal``: who wrote it relies on it.
package struct SandboxSetting: Hashable, Sendable {
    /// `required`: a missing layer of the wall means that nothing runs.
    package private(set) var isRequired = false
    /// As written: absolute, `~/…`, or below the working directory.
    package private(set) var denyRead: [String] = []
    package private(set) var denyWrite: [String] = []
    /// One list for each file that has one; outside of the project, a path has to be in all of them.
    package private(set) var allowWrite: [[String]] = []
    /// A list of allowed domains that is empty.
    package private(set) var hasNoNetwork = false
    /// A whole sentence.
    package private(set) var refusal: String?
    package private(set) var warnings: [String] = []

    package init() {}

    /// - Parameter findings: values of `sandbox`, each with where it was found.
    init(_ findings: [(value: JSONValue, place: String)]) {
        for (value, place) in findings {
            if value.stringValue == "required" {
                isRequired = true
            } else if let members = value.objectValue {
                read(members, place)
            } else {
                refuse("\(place): sandbox is \(value.kindForPeople) where an object or \"required\" is needed. Mend it; nothing was run.")
            }
        }
    }

    private mutating func read(_ members: JSONObject, _ place: String) {
        for (name, value) in members where !value.isNull {
            switch name {
            case "required": isRequired = flag(value, name, place) ?? true || isRequired
            case "enabled":
                if flag(value, name, place) == false {
                    warnings.append(
                        "\(place): sandbox.enabled is false and has no effect: settings only narrow. --skip-permissions-unsafe has no wall."
                    )
                }
            case "mode":
                if value.stringValue != "per-command" {
                    warnings.append("\(place): sandbox.mode has no effect: every command has a wall of its own.")
                }
            case "filesystem": readFiles(value, place)
            case "network": readNetwork(value, place)
            case "denyRead": denyRead += texts(value, name, place)
            case "denyWrite": denyWrite += texts(value, name, place)
            case "allowWrite": allowWrite.append(texts(value, name, place))
            default:
                let shown = escapedForDisplay(String(name.prefix(80)), keepingNewlines: false)
                warnings.append("\(place): sandbox has no setting named \"\(shown)\"; it has no effect.")
            }
        }
    }

    private mutating func readFiles(_ value: JSONValue, _ place: String) {
        guard let members = value.objectValue else {
            return refuse("\(place): sandbox.filesystem is \(value.kindForPeople) where an object is needed. Mend it; nothing was run.")
        }
        for (name, value) in members where !value.isNull {
            switch name {
            case "denyRead": denyRead += texts(value, "filesystem.denyRead", place)
            case "denyWrite": denyWrite += texts(value, "filesystem.denyWrite", place)
            case "allowWrite": allowWrite.append(texts(value, "filesystem.allowWrite", place))
            default:
                warnings.append("\(place): sandbox.filesystem has more than allowWrite, denyWrite and denyRead; the rest has no effect.")
            }
        }
    }

    private mutating func readNetwork(_ value: JSONValue, _ place: String) {
        guard let members = value.objectValue else {
            return refuse("\(place): sandbox.network is \(value.kindForPeople) where an object is needed. Mend it; nothing was run.")
        }
        guard let domains = members["allowedDomains"], !domains.isNull else { return }
        if texts(domains, "network.allowedDomains", place).isEmpty {
            hasNoNetwork = true
        } else {
            refuse(
                "\(place): sandbox.network.allowedDomains cannot be kept yet: commands have a network or none. "
                    + "Use an empty list for none, or remove it; nothing was run.")
        }
    }

    private mutating func flag(_ value: JSONValue, _ name: String, _ place: String) -> Bool? {
        if let flag = value.boolValue { return flag }
        refuse("\(place): sandbox.\(name) is \(value.kindForPeople) where true or false is needed. Mend it; nothing was run.")
        return nil
    }

    private mutating func texts(_ value: JSONValue, _ name: String, _ place: String) -> [String] {
        let texts = value.arrayValue?.compactMap(\.stringValue) ?? []
        guard let elements = value.arrayValue, texts.count == elements.count, !texts.contains(where: { $0.isEmpty || $0.utf8.contains(0) })
        else {
            refuse("\(place): sandbox.\(name) is no list of paths. Mend it; nothing was run.")
            return []
        }
        return texts
    }

    private mutating func refuse(_ sentence: String) {
        if refusal == nil { refusal = sentence }
    }
}
