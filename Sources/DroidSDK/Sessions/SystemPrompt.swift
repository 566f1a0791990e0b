import DroidWire

/// What stands before everything else a model is told (`droid.md` §3.1, protocol 1.221). Must not be blank.
public enum SystemPrompt: Sendable, Hashable {
    /// In place of the daemon's own.
    case text(String)
    /// The daemon's own, with this behind it.
    case preset(append: String)

    init(_ wire: DroidSystemPrompt) {
        switch wire {
        case .text(let text): self = .text(text)
        case .preset(let append): self = .preset(append: append)
        }
    }

    var wire: DroidSystemPrompt {
        switch self {
        case .text(let text): .text(text)
        case .preset(let append): .preset(append: append)
        }
    }
}
