import ApusBase

/// The result of a patch as JSON text: every file with its diff, and the first file's once more at the top, where parsers look for it.
///
/// Stays valid JSON within the limit for tool output: diffs are shortened in their middle, all to the same length, until it fits.
struct PatchReport {
    private let changes: [PatchPlan.Change]
    private let detached: [String: Int]

    /// `detached` are the other names that files had.
    init(_ changes: [PatchPlan.Change], _ detached: [String: Int]) {
        self.changes = changes
        self.detached = detached
    }

    var text: String {
        var room = ByteLimit.maximumToolOutputCharacters
        while true {
            let text = rendered(diffBytes: room).serialized()
            if text.utf8.count <= ByteLimit.maximumToolOutputCharacters { return text }
            if room < 100 { return short }
            room /= 2
        }
    }

    private func rendered(diffBytes: Int) -> JSONValue {
        var files: [JSONValue] = []
        for change in changes {
            var file: JSONObject = [
                "file_path": .string(change.path), "diff": .string(PatchReport.cut(change.diff, to: diffBytes)),
                "action": .string(change.action.rawValue),
            ]
            if let source = change.movedFrom { file["moved_from"] = .string(source) }
            if let count = detached[change.movedFrom ?? change.path] { file["note"] = .string(detachedNote(count)) }
            files.append(.object(file))
        }
        return [
            "success": true, "files": .array(files), "file_path": .string(changes[0].path),
            "diff": .string(PatchReport.cut(changes[0].diff, to: diffBytes)),
        ]
    }

    /// For hundreds of very long paths.
    private var short: String {
        let file: JSONValue = ["file_path": .string(changes[0].path), "diff": "", "action": .string(changes[0].action.rawValue)]
        let note = "\(changes.count) files were changed; their names are too long to show."
        return JSONValue.object([
            "success": true, "files": [file], "file_path": .string(changes[0].path), "diff": "", "note": .string(note),
        ]).serialized()
    }

    private static func cut(_ diff: String, to bytes: Int) -> String {
        if diff.utf8.count <= bytes { return diff }
        var bounded = BoundedText(limit: bytes)
        bounded.append(diff)
        return bounded.rendered()
    }
}
