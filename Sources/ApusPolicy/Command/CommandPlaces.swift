import ApusCore

/// Where words of a command lead, as far as that is known before running.
struct CommandPlaces {
    let workspace: WorkspaceScope
    /// The shell may be in any of these; `nil` when it may be anywhere.
    private(set) var directories: [String]?

    init(_ workspace: WorkspaceScope) {
        self.workspace = workspace
        directories = [workspace.workingDirectory]
    }

    /// The shell may have gone there. That it was elsewhere before stays possible.
    mutating func enter(_ word: KnownWord?) {
        guard let current = directories else { return }
        guard let word else { return add([workspace.home]) }
        if word.text == "-" { return }
        guard !word.hasUnknown, !word.splits else {
            directories = nil
            return
        }
        add(current.map { Self.normalised(word.pattern, in: $0) })
    }

    private mutating func add(_ more: [String]) {
        guard var current = directories else { return }
        for directory in more where !current.contains(directory) { current.append(directory) }
        directories = current.count > 8 ? nil : current
    }

    /// Every path that the word may be; `nil` when it may be any.
    func paths(_ word: KnownWord) -> [String]? {
        if word.splits || word.segments.contains(.unknown) { return nil }
        let text = word.pattern
        if text.hasPrefix("/") { return [Self.normalised(text, in: "/")] }
        return directories?.map { Self.normalised(text, in: $0) }
    }

    enum Reach: Comparable { case inside, outside, unknown }

    func reach(forWriting word: KnownWord) -> Reach {
        guard let paths = paths(word) else { return .unknown }
        let isInside = paths.allSatisfy { path in
            let place = PathScope.requirement(forWriting: path, in: workspace).place
            return (place == .project || place == .temporary) && !SensitivePath.isSecret(path, home: workspace.home)
        }
        return isInside ? .inside : .outside
    }

    /// `.`, `..` and doubled slashes taken out, as the words say it.
    static func normalised(_ path: String, in directory: String) -> String {
        var parts: [Substring] = path.hasPrefix("/") ? [] : directory.split(separator: "/")
        for part in path.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return "/" + parts.joined(separator: "/")
    }

    /// The word, or something within it, names a secret.
    func isSecret(_ word: KnownWord) -> Bool {
        var texts = [word.pattern]
        texts += word.guesses
        for text in texts {
            for piece in Self.pieces(text) where isSecretText(piece) { return true }
        }
        return false
    }

    private func isSecretText(_ text: Substring) -> Bool {
        if text.isEmpty { return false }
        var path = String(text)
        if path.hasPrefix("~/") { path = workspace.home + path.dropFirst() }
        if path.hasPrefix("/") { return SensitivePath.isSecret(Self.normalised(path, in: "/"), home: workspace.home) }
        if SensitivePath.isSecret(path, home: workspace.home) { return true }
        // The names themselves were looked at; a folder adds to that only where it is one of the few that matter by their place.
        guard let directories else { return false }
        return directories.contains { directory in
            if directory == workspace.workingDirectory && !PathScope.isInside(workspace.home, directory) { return false }
            return SensitivePath.isSecret(Self.normalised(path, in: directory), home: workspace.home)
        }
    }

    /// Names behind `=`, `:`, `@` and `,` are names too, and so is what sticks to the letter of an option.
    private static func pieces(_ text: String) -> [Substring] {
        var pieces = [text[...]]
        let isMark: (Character) -> Bool = {
            $0 == "=" || $0 == ":" || $0 == "@" || $0 == "," || $0 == "<" || $0 == ">" || $0 == "'" || $0 == "\"" || $0 == "(" || $0 == ")"
                || $0 == " " || $0 == "\n"
        }
        if text.contains(where: isMark) { pieces += text.split(whereSeparator: isMark) }
        if text.hasPrefix("-"), !text.hasPrefix("--"), text.count > 2 { pieces.append(text.dropFirst(2)) }
        return pieces
    }
}
