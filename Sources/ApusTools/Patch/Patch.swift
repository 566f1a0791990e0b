/// What a patch text asks for, before any file was looked at.
struct Patch: Hashable {
    enum Change: Hashable {
        /// A new file with these bytes.
        case add([UInt8])
        case delete
        /// Hunks in the order of the file; with a destination the file moves there. One of both is present.
        case update([PatchHunk], destination: String?)
    }

    struct Section: Hashable {
        /// As written in the patch.
        var path: String
        var change: Change

        var paths: [String] {
            if case .update(_, let destination?) = change { return [path, destination] }
            return [path]
        }
    }

    /// At least one.
    var sections: [Section]

    static let maximumBytes = 4 << 20
    static let maximumSections = 200
}

/// One place of a file that changes.
struct PatchHunk: Hashable {
    enum Line: Hashable {
        case context([UInt8])
        case removed([UInt8])
        case added([UInt8])
    }

    /// Lines of the file that come before the place, outermost first.
    var anchors: [[UInt8]]
    /// Without line ends.
    var lines: [Line]
    /// The last line of the hunk is the last of the file.
    var isAtEnd: Bool
    /// Where it begins in the patch, from 1.
    var patchLine: Int

    /// What the file has to hold.
    var old: [[UInt8]] {
        lines.compactMap { line in
            switch line {
            case .context(let bytes), .removed(let bytes): bytes
            case .added: nil
            }
        }
    }

    /// Quotes nothing of the file, so that nothing proves that its writer knew the file.
    var isBlind: Bool { anchors.isEmpty && old.isEmpty }
}

/// Why a patch cannot be used; a whole sentence or more, for the model.
struct PatchFault: Error, Hashable {
    let sentence: String

    init(_ sentence: String) { self.sentence = sentence }
}
