package import ApusCore

/// The places of one session that its confinement is made from. Absolute, links resolved.
package struct ConfinementPlaces: Hashable, Sendable {
    package var workingDirectory: String
    package var projectRoot: String
    /// Folders of git's own that belong to the project, the first of them its own; their hooks and settings are protected.
    package var gitFolders: [String]
    /// Git's folders of other worktrees: whoever works in those is led by what they say.
    package var otherWorktrees: [String] = []
    package var home: String
    package var apusHome: String
    /// The private folder for temporary files of the session.
    package var temporary: String?
    /// To be kept in sight where the wall replaces what is around: the home, programs in temporary directories, outputs of ours.
    package var visible: [String]
    /// The socket of the ssh agent.
    package var agentSocket: String?
    /// Bytes that are free where the project is.
    package var freeBytes: Int

    package init(
        workingDirectory: String, projectRoot: String, gitFolders: [String] = [], home: String, apusHome: String, temporary: String? = nil,
        visible: [String] = [], agentSocket: String? = nil, freeBytes: Int = .max
    ) {
        self.workingDirectory = workingDirectory
        self.projectRoot = projectRoot
        self.gitFolders = gitFolders
        self.home = home
        self.apusHome = apusHome
        self.temporary = temporary
        self.visible = visible
        self.agentSocket = agentSocket
        self.freeBytes = freeBytes
    }
}

/// What the settings take away from a tier; nothing here can add to one.
package struct ConfinementNarrowing: Hashable, Sendable {
    package var isRequired: Bool
    package var denyRead: [String]
    package var denyWrite: [String]
    /// Outside of the project only what lies in each of these lists can be changed, and only if the tier allows it anyway.
    package var allowWrite: [[String]]
    package var hasNoNetwork: Bool

    package init(
        isRequired: Bool = false, denyRead: [String] = [], denyWrite: [String] = [], allowWrite: [[String]] = [], hasNoNetwork: Bool = false
    ) {
        self.isRequired = isRequired
        self.denyRead = denyRead
        self.denyWrite = denyWrite
        self.allowWrite = allowWrite
        self.hasNoNetwork = hasNoNetwork
    }
}

extension Confinement {
    /// Processes of one command at a time. Large builds and test runners stay well below it.
    package static let processBound = 2_048
    /// Bytes of one command on disk, and the share of what is free.
    package static let writtenBound = 32 << 30
    package static let smallestWrittenBound = 1 << 30

    /// The tier of `level` for these places; `nil` for the level that has no wall. Pure: nothing is looked up.
    ///
    /// A project that is the root of the file system counts as none: every place would be inside it.
    package static func of(
        _ level: AutonomyLevel, in places: ConfinementPlaces, narrowed: ConfinementNarrowing = ConfinementNarrowing()
    ) -> Confinement? {
        guard let tier = ConfinementTier.of(level) else { return nil }
        func absolute(_ names: [String]) -> [String] {
            names.map { $0.hasPrefix("/") ? $0 : $0.isEmpty ? places.home : places.home + "/" + $0 }
        }
        let project = unique([places.projectRoot, places.workingDirectory] + places.gitFolders).filter { $0 != "/" }
        var further = absolute(tier.madeHome + tier.writableHome).filter { $0 != "/" }
        for allowed in narrowed.allowWrite {
            further = further.flatMap { root in
                allowed.compactMap { PathScope.isInside(root, $0) ? root : PathScope.isInside($0, root) ? $0 : nil }
            }
        }
        var hidden = [places.apusHome] + absolute(ConfinementTier.keys) + narrowed.denyRead
        if tier.hidesSecrets { hidden += absolute(ConfinementTier.secrets) }
        let roots = outermost(unique((tier.writesProject ? project : []) + further), hidden)
        var protected = narrowed.denyWrite
        if tier.protectsDeciders {
            protected += deciders(places) + places.otherWorktrees
            if tier.protectsRepository { protected += places.gitFolders }
            if roots.contains(where: { PathScope.isInside(places.home, $0) }) { protected += absolute(ConfinementTier.startFiles) }
        }
        // What may not be changed at all stays in sight all the same: the main checkout's git folder, where a temporary directory is covered.
        let locked = roots.filter(Set(protected).contains)
        let writable = roots.filter { !locked.contains($0) }
        let harmless =
            (tier.hidesSecrets ? absolute(ConfinementTier.harmless) : []) + ConfinementTier.ownHarmless.map { places.apusHome + "/" + $0 }
        // What is writable is in sight already, and would be shown read-only once more: a project in a home that is in a temporary directory.
        let shown = places.visible.filter { place in !roots.contains { PathScope.isInside(place, $0) } } + locked
        let share = places.freeBytes / 4 * 3
        let network: Network = narrowed.hasNoNetwork ? .none : tier.network
        return Confinement(
            level: level, writable: writable, protected: unique(protected), hidden: unique(hidden), temporary: places.temporary,
            visible: unique(shown + harmless).filter { !narrowed.denyRead.contains($0) }, network: network,
            sockets: network == .open ? [places.agentSocket].compactMap { $0 } : [], maximumProcesses: processBound,
            maximumWrittenBytes: max(smallestWrittenBound, min(writtenBound, share)), isRequired: narrowed.isRequired)
    }

    /// In the project: what git and agents read to decide what they run.
    private static func deciders(_ places: ConfinementPlaces) -> [String] {
        let git = places.gitFolders.flatMap { [$0 + "/hooks", $0 + "/config", $0 + "/config.worktree", $0 + "/commondir", $0 + "/gitdir"] }
        let roots = unique([places.projectRoot, places.workingDirectory])
        // Where the checkout's `.git` is a file, it says where hooks are looked for.
        let pointers = roots.map { $0 + "/.git" }.filter { !places.gitFolders.isEmpty && !places.gitFolders.contains($0) }
        return git + pointers + roots.flatMap { [$0 + "/.apus", $0 + "/.factory"] }
    }

    /// Without those that lie in another one: each is a file system of its own to a command, between which nothing can be renamed. One
    /// inside a hidden place is needed there.
    private static func outermost(_ roots: [String], _ hidden: [String]) -> [String] {
        roots.filter { root in
            !roots.contains { other in
                other != root && PathScope.isInside(root, other)
                    && !hidden.contains { PathScope.isInside(root, $0) && PathScope.isInside($0, other) }
            }
        }
    }

    private static func unique(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.filter { seen.insert($0).inserted }
    }
}
