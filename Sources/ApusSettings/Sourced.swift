/// A settings value with the place it came from.
package struct Sourced<Value: Sendable>: Sendable {
    package var value: Value
    package var source: SettingsSource

    package init(_ value: Value, from source: SettingsSource) {
        self.value = value
        self.source = source
    }
}

extension Sourced: Equatable where Value: Equatable {}
extension Sourced: Hashable where Value: Hashable {}

/// One settings file and how it is read. Later kinds of layers (project, folder, organisation) are further cases of `Kind`.
package struct SettingsSource: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Under `APUS_HOME`.
        case user
        /// Under `~/.factory`, written by another product.
        case compatibility
        /// `~/.factory/config.json`: custom models only, snake case, no variables.
        case legacy
    }

    /// Absolute.
    package var path: String
    package var kind: Kind

    package init(path: String, kind: Kind) {
        self.path = path
        self.kind = kind
    }
}
