package import ApusSettings
import ApusWorkspace

/// What the user trusts of the project around a working directory: the files that can name programs or change what an agent does,
/// each by its digest. Settings, hooks and servers; skills, droids, commands and hook scripts with everything below them.
package struct ProjectTrust: Sendable {
    /// Files of one project that are looked at.
    package static let maximumFiles = 2_000

    /// A file and how it stands.
    package struct Entry: Hashable, Sendable {
        package var path: String
        package var standing: SettingsTrust.Standing
    }

    package struct Outcome: Hashable, Sendable {
        package var trusted: [String] = []
        /// Files that will not be read, trusted or not, with the reason.
        package var passedOver: [String: String] = [:]
    }

    private let places: SettingsPlaces
    private let trustFile: TrustFile

    package init(_ configuration: DaemonConfiguration) {
        places = ProjectSettings.places(configuration)
        trustFile = TrustFile(paths: configuration.paths)
    }

    /// Trusts everything here exactly as it is now, or nothing: a configuration that cannot be understood, or too many files, is an
    /// error. What is gone is forgotten.
    package func trust() throws(TrustFileError) -> Outcome {
        var trust = ProjectSettings.trust(try trustFile.load(), isUnconditional: false)
        let files = try files()
        trust.forget(remembered(trust))
        var outcome = Outcome()
        for (path, isConfiguration) in files {
            switch try trust.trust(path, isConfiguration: isConfiguration, beneath: places.boundary) {
            case .trusted: outcome.trusted.append(path)
            case .absent: continue
            case .passedOver(let reason): outcome.passedOver[path] = reason
            }
        }
        try trustFile.save(trust.digests)
        return outcome
    }

    /// Takes all trust back from this project, also in files that are gone. Returns whose trust it was.
    package func remove() throws(TrustFileError) -> [String] {
        var trust = ProjectSettings.trust(try trustFile.load(), isUnconditional: false)
        let files = remembered(trust)
        trust.forget(files)
        try trustFile.save(trust.digests)
        return files.sorted()
    }

    /// The files of this project, those included that nobody trusts.
    package func list() throws(TrustFileError) -> [Entry] {
        let trust = ProjectSettings.trust(try trustFile.load(), isUnconditional: false)
        let paths = Set(try files().map(\.path)).union(remembered(trust))
        return paths.sorted().map { Entry(path: $0, standing: trust.standing(of: $0, beneath: places.boundary)) }
            .filter { $0.standing != .gone || trust.knows($0.path) }
    }

    /// Everything the user trusts, in all projects.
    package static func listAll(_ configuration: DaemonConfiguration) throws(TrustFileError) -> [Entry] {
        let trust = ProjectSettings.trust(try TrustFile(paths: configuration.paths).load(), isUnconditional: false)
        return trust.digests.keys.filter(trust.knows).sorted().map { Entry(path: $0, standing: trust.standing(of: $0, beneath: nil)) }
    }

    /// Of the trusted files those of this project, whether they are there or not.
    private func remembered(_ trust: SettingsTrust) -> [String] {
        let known = Set((places.sources.filter(\.kind.needsTrust) + places.companions).map(\.path))
        let folders = places.extensionFolders.map { $0 + "/" }
        return trust.digests.keys.filter { path in known.contains(path) || folders.contains { path.hasPrefix($0) } }
    }

    /// Configurations first, then what lies in the folders. Links are files whose target is looked at when they are read.
    private func files() throws(TrustFileError) -> [(path: String, isConfiguration: Bool)] {
        var files = (places.sources.filter(\.kind.needsTrust) + places.companions).map { ($0.path, true) }
        let known = Set(files.map(\.0))
        for folder in places.extensionFolders {
            // Most projects have none of them; one that really lies elsewhere is not read.
            guard let root = try? SafePath.resolve(folder, against: "/"), root.kind == .directory, root.path == folder,
                let tree = try? FileTree(root: root)
            else { continue }
            while let entry = tree.next() {
                if entry.kind == .directory || known.contains(tree.absolutePath(of: entry)) { continue }
                files.append((tree.absolutePath(of: entry), false))
                if files.count > Self.maximumFiles {
                    throw .unreadable(path: folder, why: "the project has more than \(Self.maximumFiles) files to trust")
                }
            }
        }
        return files
    }
}
