package import ApusBase

/// One key that settings files may have.
package struct SettingsKey: Hashable, Sendable {
    /// How values of several files become one.
    package enum Merging: Hashable, Sendable {
        /// The strongest file that has it.
        case first
        /// All elements, the strongest file's first, each once.
        case union
        /// Members of all files; a member that a stronger file has is locked, but lists in it are united.
        case members
        /// `customModels`: by id, or by name, model and address.
        case models
    }

    package enum Use: String, Hashable, Sendable {
        case used
        /// Known and checked, for what this version cannot do yet.
        case later
        /// Belongs to screens and hosted services that do not exist here.
        case ignored
    }

    /// Members joined by dots: `exec.requireTrust`.
    package let path: String
    package let shape: SettingsShape
    package let merging: Merging
    package let use: Use
    package let summary: String
    /// What holds when no file says anything; `nil` when there is nothing fixed.
    package let fallback: JSONValue?

    init(
        _ path: String, _ shape: SettingsShape, _ merging: Merging, use: Use = .later, fallback: JSONValue? = nil, _ summary: String
    ) {
        self.path = path
        self.shape = shape
        self.merging = merging
        self.use = use
        self.fallback = fallback
        self.summary = summary
    }

    /// A key of which the strongest file's value holds.
    init(_ path: String, _ shape: SettingsShape, use: Use = .later, fallback: JSONValue? = nil, _ summary: String) {
        self.init(path, shape, .first, use: use, fallback: fallback, summary)
    }

    package static func named(_ path: String) -> SettingsKey? { all.first { $0.path == path } }

    /// The key that people may have meant; `nil` when nothing is near.
    package static func nearest(to name: String) -> String? {
        let known = all.flatMap { [$0.path, String($0.path.prefix { $0 != "." })] }
        let scored = known.map { (path: $0, distance: EditDistance.between(name.lowercased(), $0.lowercased())) }
        guard let best = scored.min(by: { $0.distance < $1.distance }), best.distance <= max(1, name.count / 3) else { return nil }
        return best.path
    }

    /// Session defaults of the machine may be overridden by folder and project, unlike everything else there.
    var isSessionDefault: Bool { path.hasPrefix("sessionDefaultSettings.") }

    /// Another key that stands in for this one within its file.
    var standIn: SettingsKey? { path == "model" || path == "reasoningEffort" ? .named("sessionDefaultSettings." + path) : nil }
}

/// Number of letters to insert, remove, replace or swap.
enum EditDistance {
    static func between(_ left: String, _ right: String) -> Int {
        let (left, right) = (Array(left.unicodeScalars.prefix(128)), Array(right.unicodeScalars.prefix(128)))
        var before: [Int] = []
        var row = Array(0...right.count)
        for (i, letter) in left.enumerated() {
            var next = [i + 1]
            for (j, other) in right.enumerated() {
                var cost = min(row[j + 1] + 1, next[j] + 1, row[j] + (letter == other ? 0 : 1))
                if i > 0, j > 0, letter == right[j - 1], left[i - 1] == other { cost = min(cost, before[j - 1] + 1) }
                next.append(cost)
            }
            (before, row) = (row, next)
        }
        return row[right.count]
    }
}
