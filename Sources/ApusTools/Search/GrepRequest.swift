import ApusBase
import ApusCore
import ApusWorkspace

/// The checked input of a Grep call.
struct GrepRequest {
    enum Mode: String, CaseIterable {
        case filePaths = "file_paths"
        case content
    }

    var path: String
    var pattern: TextPattern
    var patternText: String
    var mode: Mode
    var before: Int
    var after: Int
    var showsNumbers: Bool
    var limit: Int?
    /// A file is searched when no glob is given or one of them matches, and none of `excluded` does.
    var globs: [GlobPattern]
    var excluded: [GlobPattern]
    var typeGlobs: [GlobPattern]

    init(_ value: JSONValue) throws(ToolInputError) {
        let input = try ToolInput(value, for: "Grep")
        patternText = try input.requiredText("pattern", meaning: "the regular expression to search for")
        if patternText.isEmpty { throw ToolInputError("Grep needs a \"pattern\" that is not empty. Use Glob to list files.") }
        path = try input.text("path") ?? "."
        mode = try input.choice("output_mode", of: Mode.allCases.map(\.rawValue)).flatMap(Mode.init(rawValue:)) ?? .filePaths
        let around = try input.integer("context", in: 0...1_000) ?? 0
        before = try input.integer("context_before", in: 0...1_000) ?? around
        after = try input.integer("context_after", in: 0...1_000) ?? around
        showsNumbers = try input.flag("line_numbers", fallback: true)
        limit = try input.integer("head_limit", in: 1...1_000_000)
        let ignoresCase = try input.flag("case_insensitive")
        let isMultiline = try input.flag("multiline")
        let globTexts = try input.texts("glob_pattern") ?? []
        globs = try ApusTools.globs(globTexts.filter { !$0.hasPrefix("!") }, for: "Grep", member: "glob_pattern")
        excluded = try ApusTools.globs(
            globTexts.filter { $0.hasPrefix("!") }.map { String($0.dropFirst()) }, for: "Grep", member: "glob_pattern")
        typeGlobs = []
        if let type = try input.text("type") {
            guard let patterns = FileTypes.patterns(for: type) else {
                throw ToolInputError(
                    "Grep knows no file type \"\(type)\". Known: \(FileTypes.patterns.keys.sorted().joined(separator: ", ")). Or use glob_pattern."
                )
            }
            typeGlobs = try ApusTools.globs(patterns, for: "Grep", member: "type")
        }
        do { pattern = try TextPattern(patternText, ignoringCase: ignoresCase, multiline: isMultiline) } catch {
            throw ToolInputError(error.description)
        }
    }
}
