import ApusBase
import ApusCore

/// The approval modes of the protocol, by the one table of modes.
enum QwenMode: String, CaseIterable {
    case plan, `default`
    case autoEdit = "auto-edit"
    case yolo

    /// A session whose level has no word here is called by the one below.
    init(_ settings: SessionSettings) {
        if settings.interaction == .spec {
            self = .plan
            return
        }
        switch settings.autonomy {
        case .off: self = .default
        case .low, .medium: self = .autoEdit
        case .high, .unrestricted: self = .yolo
        }
    }

    var name: String {
        switch self {
        case .plan: "Plan"
        case .default: "Default"
        case .autoEdit: "Auto Edit"
        case .yolo: "YOLO"
        }
    }

    var summary: String {
        switch self {
        case .plan: "Plans and changes nothing"
        case .default: "Reads, and asks before everything else"
        case .autoEdit: "Edits files of the workspace, and asks before more"
        case .yolo: "Does what it was asked without asking"
        }
    }
}
