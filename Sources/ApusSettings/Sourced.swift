/// A settings value with the place it came from.
package struct Sourced<Value: Sendable>: Sendable {
    package var value: Value
    package var source: SettingsSource
    /// Where the key stands in the file, from 1; `nil` for a value that no file's line says.
    package var line: Int?

    package init(_ value: Value, from source: SettingsSource, line: Int? = nil) {
        self.value = value
        self.source = source
        self.line = line
    }

    /// `file:line` for messages.
    package var place: String { line.map { "\(source.path):\($0)" } ?? source.path }
}

extension Sourced: Equatable where Value: Equatable {}
extension Sourced: Hashable where Value: Hashable {}

/// One settings file and how it is read.
package struct SettingsSource: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Of the machine: above everything else, and a broken one stops the run.
        case system
        /// In a folder between the project's root and the working directory. Counts only when trusted.
        case folder
        /// In the project's root. Counts only when trusted.
        case project
        /// Under `APUS_HOME`.
        case user
        /// Under `~/.factory`, written by another product.
        case compatibility
        /// `~/.factory/config.json`: custom models only, snake case, no variables.
        case legacy

        /// Whether whoever wrote the repository wrote the file.
        package var needsTrust: Bool { self == .folder || self == .project }
    }

    /// Absolute.
    package var path: String
    package var kind: Kind

    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }

    /// Whether another product's people write this file, with keys we need not know.
    var isForeign: Bool { kind == .compatibility || kind == .legacy || path.contains("/.factory/") || path.contains("/factory/") }
}
