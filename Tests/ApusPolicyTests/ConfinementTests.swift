import ApusCore
import ApusPolicy
import Testing

@Suite struct ConfinementTests {
    private static let places = ConfinementPlaces(
        workingDirectory: "/home/ann/app/sub", projectRoot: "/home/ann/app", gitFolders: ["/home/ann/app/.git"], home: "/home/ann",
        apusHome: "/home/ann/.apus", temporary: "/tmp/apus-1000/tmp-s", agentSocket: "/run/user/1000/agent", freeBytes: 8 << 30)

    @Test func theLevelWithoutAWallHasNone() {
        #expect(Confinement.of(.unrestricted, in: Self.places) == nil)
    }

    @Test(arguments: [
        (AutonomyLevel.off, [], Confinement.Network.none, []), (.low, ["/home/ann/app"], .none, []),
        (.high, ["/home/ann"], .open, ["/run/user/1000/agent"]),
    ])
    func eachLevelHasItsPlaces(level: AutonomyLevel, writable: [String], network: Confinement.Network, sockets: [String]) throws {
        let confinement = try #require(Confinement.of(level, in: Self.places))
        #expect(confinement.writable == writable)
        #expect(confinement.network == network)
        #expect(confinement.sockets == sockets)
        #expect(confinement.temporary == "/tmp/apus-1000/tmp-s")
        #expect(confinement.maximumWrittenBytes == 6 << 30)
    }

    @Test func mediumAddsPackageFoldersAndNothingElseOfTheHome() throws {
        let confinement = try #require(Confinement.of(.medium, in: Self.places))
        #expect(confinement.writable.first == "/home/ann/app")
        #expect(confinement.writable.contains("/home/ann/.cargo") && confinement.writable.contains("/home/ann/.local"))
        #expect(!confinement.writable.contains("/home/ann") && !confinement.writable.contains("/home/ann/.ssh"))
    }

    @Test(arguments: [AutonomyLevel.off, .low, .medium])
    func secretsAreHiddenBelowHigh(level: AutonomyLevel) throws {
        let confinement = try #require(Confinement.of(level, in: Self.places))
        for place in ["/home/ann/.apus", "/home/ann/.ssh", "/home/ann/.aws", "/home/ann/.netrc", "/etc/shadow", "/etc/apus"] {
            #expect(confinement.hidden.contains(place), "\(place)")
        }
        #expect(confinement.visible.contains("/home/ann/.ssh/known_hosts"))
        #expect(confinement.protected.contains("/home/ann/app/.git/hooks") && confinement.protected.contains("/home/ann/app/.git/config"))
    }

    @Test func highHidesOnlyWhatIsOurs() throws {
        let confinement = try #require(Confinement.of(.high, in: Self.places))
        #expect(confinement.hidden.contains("/home/ann/.apus") && confinement.hidden.contains("/home/ann/.factory/settings.json"))
        #expect(!confinement.hidden.contains("/home/ann/.ssh"))
        #expect(confinement.protected == [])
    }

    /// A place that is kept in sight is shown read-only: what is writable already must not be.
    @Test(arguments: [AutonomyLevel.low, .high])
    func whatIsWritableIsNotShownReadOnlyOnceMore(level: AutonomyLevel) throws {
        var places = Self.places
        places.home = "/tmp/ann"
        places.apusHome = "/tmp/ann/.apus"
        (places.projectRoot, places.workingDirectory, places.gitFolders) = ("/tmp/ann/app", "/tmp/ann/app/sub", [])
        places.visible = ["/tmp/ann", "/tmp/ann/app/sub", "/tmp/ann/app", "/tmp/bin"]
        let visible = try #require(Confinement.of(level, in: places)).visible.filter { !$0.hasPrefix("/tmp/ann/.") }
        #expect(visible == (level == .high ? ["/tmp/bin"] : ["/tmp/ann", "/tmp/bin"]))
    }

    /// The main checkout's of a worktree: nothing around it is shown where a temporary directory is covered.
    @Test(arguments: [AutonomyLevel.off, .low, .medium])
    func aGitFolderElsewhereIsToBeSeenAlsoWhereItMayNotBeChanged(level: AutonomyLevel) throws {
        let (common, own) = ("/tmp/main/.git", "/tmp/main/.git/worktrees/tree")
        var places = Self.places
        (places.workingDirectory, places.projectRoot, places.gitFolders) = ("/tmp/tree", "/tmp/tree", [common, own])
        places.visible = ["/tmp/tree", common, own]
        let confinement = try #require(Confinement.of(level, in: places))
        #expect(confinement.writable.contains(common) == (level == .medium))
        #expect(confinement.visible.contains(common) == (level < .medium))
        #expect(confinement.protected.contains(common) == (level < .medium), "for the tools, which ask nobody else")
        #expect(confinement.protects(common + "/HEAD") == (level < .medium) && !confinement.hides(common + "/HEAD"))
        #expect(confinement.protects(common + "/hooks/pre-commit") && confinement.protects(own + "/commondir"))
    }

    /// What the settings take away stays in sight.
    @Test func aProjectThatMayNotBeChangedIsStillThere() throws {
        let narrowing = ConfinementNarrowing(denyWrite: ["/home/ann/app"])
        let confinement = try #require(Confinement.of(.low, in: Self.places, narrowed: narrowing))
        #expect(confinement.writable == [])
        #expect(confinement.visible.contains("/home/ann/app") && confinement.protects("/home/ann/app/sub/file"))
    }

    /// Every place would be inside it.
    @Test func theRootOfTheFileSystemIsNoProject() throws {
        var places = Self.places
        (places.workingDirectory, places.projectRoot, places.gitFolders) = ("/", "/", [])
        #expect(try #require(Confinement.of(.low, in: places)).writable == [])
    }

    @Test func aProjectThatHoldsTheHomeCannotChangeWhatShellsRun() throws {
        var places = Self.places
        (places.workingDirectory, places.projectRoot, places.gitFolders) = ("/home/ann", "/home/ann", [])
        let confinement = try #require(Confinement.of(.low, in: places))
        #expect(confinement.writable == ["/home/ann"])
        #expect(confinement.protected.contains("/home/ann/.bashrc") && confinement.protected.contains("/home/ann/.gitconfig"))
    }

    @Test func settingsOnlyNarrow() throws {
        let narrowing = ConfinementNarrowing(
            isRequired: true, denyRead: ["/data"], denyWrite: ["/home/ann/app/dist"], allowWrite: [["/home/ann/.cargo/registry", "/etc"]],
            hasNoNetwork: true)
        let plain = try #require(Confinement.of(.medium, in: Self.places))
        let confinement = try #require(Confinement.of(.medium, in: Self.places, narrowed: narrowing))
        #expect(confinement.writable == ["/home/ann/app", "/home/ann/.cargo/registry"])
        #expect(confinement.hidden.contains("/data"))
        #expect(Set(confinement.hidden).isSuperset(of: plain.hidden))
        #expect(confinement.protected.contains("/home/ann/app/dist"))
        #expect(confinement.network == .none && confinement.sockets == [])
        #expect(confinement.isRequired)
    }
}
