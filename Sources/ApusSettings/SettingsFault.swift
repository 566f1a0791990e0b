/// Settings without which nothing may run.
package enum SettingsFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// A file of the machine's administrator cannot be read or says what cannot be understood: its rules are unknown, so nothing is
    /// allowed. The text is a whole sentence.
    case system(String)

    package var description: String {
        switch self {
        case .system(let sentence):
            "\(sentence) It holds the rules of this machine, and nothing runs while they are unknown; its administrator can mend it."
        }
    }
}
