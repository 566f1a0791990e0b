package import ApusCore
package import ApusSettings
package import ApusWorkspace

/// Why the house could not be opened.
package enum DaemonError: Error, Hashable, Sendable, CustomStringConvertible {
    case settings(SettingsFault)
    /// The settings ask for a wall that cannot be had: a whole sentence.
    case sandbox(String)
    case log(EventLogError)
    case model(ModelLookupError)
    case worktree(WorktreeError)

    package var description: String {
        switch self {
        case .settings(let fault): fault.description
        case .sandbox(let sentence): sentence
        case .log(let error): error.description
        case .model(let error): error.description
        case .worktree(let error): error.description
        }
    }
}
