package import ApusCore
package import ApusSettings

/// Finds the custom model a name means, by the rules of `droid-exec.md` §5.4.3 in their order: explicit id; slug and index; slug;
/// model name; the same without regard to case; the same without an `(effort)` suffix. Rules that fit several entries are passed over.
package struct ModelResolver: Sendable {
    package enum Resolution: Hashable, Sendable {
        /// The effort is that of the suffix.
        case found(ModelEntry, effort: ReasoningEffort?)
        /// The last rule that fitted anything fitted all of these.
        case ambiguous([ModelEntry])
        case unknown
    }

    private let entries: [ModelEntry]

    package init(_ entries: [ModelEntry]) {
        self.entries = entries
    }

    /// - Parameter name: `custom:X`, for which all rules hold, or a bare name, for which slug and model name are tried.
    package func resolve(_ name: String) -> Resolution {
        let plain = lookUp(name)
        if case .found = plain { return plain }
        guard let (stem, effort) = Self.effortSuffix(of: name) else { return plain }
        switch lookUp(stem) {
        case .found(let entry, _): return .found(entry, effort: effort)
        case .ambiguous(let entries): return .ambiguous(entries)
        case .unknown: return plain
        }
    }

    /// `high` of `some-model(high)`.
    package static func effortSuffix(of name: String) -> (stem: String, effort: ReasoningEffort)? {
        guard name.hasSuffix(")"), let open = name.lastIndex(of: "(") else { return nil }
        let word = name[name.index(after: open)...].dropLast().lowercased()
        guard let effort = ReasoningEffort(rawValue: word) else { return nil }
        return (String(name[..<open]).trimmingSpaces, effort)
    }

    private func lookUp(_ name: String) -> Resolution {
        let isCustom = name.hasPrefix("custom:")
        if isCustom, let entry = entries.first(where: { $0.id == name }) { return .found(entry, effort: nil) }
        let wanted = isCustom ? String(name.dropFirst("custom:".count)) : name
        let exact = lookUp(wanted, withIndex: isCustom) { $0 }
        guard isCustom else { return exact }
        if case .found = exact { return exact }
        let relaxed = lookUp(wanted, withIndex: true) { $0.lowercased() }
        if case .unknown = relaxed { return exact }
        return relaxed
    }

    private func lookUp(_ wanted: String, withIndex: Bool, folding fold: @escaping (String) -> String) -> Resolution {
        let model = fold(wanted)
        let slug = String(model.map { $0 == " " ? "-" : $0 })
        let rules: [(ModelEntry) -> Bool] = [
            { withIndex && fold($0.slug) + "-\($0.index)" == slug },
            { fold($0.slug) == slug },
            { fold($0.model) == model },
        ]
        var candidates: [ModelEntry] = []
        for rule in rules {
            let matches = entries.filter(rule)
            if let only = matches.first, matches.count == 1 { return .found(only, effort: nil) }
            if !matches.isEmpty { candidates = matches }
        }
        return candidates.isEmpty ? .unknown : .ambiguous(candidates)
    }
}
