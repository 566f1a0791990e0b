/// The shells that are to read a text alike. What one of them would read otherwise, and might run for it, is refused.
package struct ShellDialect: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let bash = ShellDialect(rawValue: 1)
    /// `sh`, whichever it is: dash and others know no `[[`, `((`, `$'…'`, `&>`, and take their words for programs and files.
    package static let sh = ShellDialect(rawValue: 2)
    /// Close to bash, but for `$name:modifier`, `=program`, patterns with code in them and shorter loops.
    package static let zsh = ShellDialect(rawValue: 4)

    /// For the program that `-c` or a script is given to; `nil` for shells with a grammar of their own, as `fish`.
    package init?(program: String) {
        switch program.split(separator: "/").last {
        case "bash", "rbash": self = .bash
        case "sh", "dash", "ash", "busybox", "ksh", "mksh", "yash", "posh": self = .sh
        case "zsh": self = .zsh
        default: return nil
        }
    }
}
