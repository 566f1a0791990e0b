import ApusSettings

/// The secret values this process knows of: what its environment and its settings call by such names.
enum KnownSecrets {
    private static let marks = ["KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL"]

    static func values(_ environment: [String: String], _ settings: Settings) -> [String] {
        let variables = environment.filter { name, _ in
            let upper = name.uppercased()
            return marks.contains { upper.hasSuffix($0) || upper.contains($0 + "_") }
        }
        // A path to a key is no secret, and replacing it would garble every listing of its folder.
        return variables.values.filter { !$0.hasPrefix("/") } + settings.modelEntries.map { $0.apiKey.reveal() }
    }
}
