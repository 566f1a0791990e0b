import ApusWorkspace
import Testing

@Suite struct RepositoryConfigurationTests {
    private func listing(_ entries: [(String, String?)]) -> [UInt8] {
        entries.flatMap { Array(($0.0 + ($0.1.map { "\n" + $0 } ?? "")).utf8) + [0] }
    }

    /// Every key by which a repository makes git start a program, read another file, or look elsewhere.
    private static let hostile = [
        "core.hooksPath", "core.fsmonitor", "core.sshCommand", "core.editor", "core.pager", "core.askPass", "core.gitProxy",
        "core.alternateRefsCommand", "core.worktree", "core.attributesFile", "core.excludesFile", "core.notesRef", "sequence.editor",
        "filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "filter.evil.required", "diff.external", "diff.evil.command",
        "diff.evil.textconv", "merge.evil.driver", "alias.status", "include.path", "includeIf.gitdir:/.path", "credential.helper",
        "gpg.program", "commit.gpgSign", "remote.origin.uploadpack", "remote.origin.promisor", "remote.origin.url",
        "remote.origin.partialclonefilter", "remote.origin.vcs", "url.ext::sh.insteadOf", "protocol.allow", "protocol.ext.allow",
        "submodule.recurse", "submodule.x.update", "status.submoduleSummary", "hook.evil.command", "hook.evil.event",
        "uploadpack.packObjectsHook",
        "gc.auto", "maintenance.auto", "trace2.eventTarget", "pager.status", "interactive.diffFilter", "browser.x.cmd", "man.x.cmd",
        "core.protectNTFS", "core.logAllRefUpdates", "safe.directory", "index.sparse", "core.sparseCheckout", "init.templateDir",
    ]

    @Test(arguments: hostile)
    func whatCouldRunOrLeadElsewhereIsLeftOut(key: String) throws {
        let plain = try RepositoryConfiguration(listing: [])
        let value = "evil"
        for key in [key, key.lowercased()] {
            let read = try RepositoryConfiguration(listing: listing([("core.repositoryformatversion", "0"), (key, value)]))
            #expect(read == plain, "\(key)")
            #expect(!read.text(keepsLogs: true).contains(value))
        }
    }

    @Test func dataAboutFilesIsKept() throws {
        let read = try RepositoryConfiguration(
            listing: listing([
                ("core.filemode", "false"), ("core.autocrlf", "input"), ("core.eol", "lf"), ("core.symlinks", nil),
                ("core.filemode", "true"),
                ("core.bare", "true"),
            ]))
        #expect(read.kept == ["core.filemode": "true", "core.autocrlf": "input", "core.eol": "lf", "core.symlinks": "true"])
        #expect(read.isBare)
    }

    /// A value cannot become a second line of the file that is written.
    @Test(arguments: ["true\n[core]\nhooksPath = /evil", "true # x", "\"true\"", "", String(repeating: "a", count: 33)])
    func aValueThatIsNoPlainWordIsLeftOut(value: String) throws {
        let read = try RepositoryConfiguration(listing: listing([("core.filemode", value)]))
        #expect(read.kept.isEmpty)
    }

    @Test func formatsThatAreNotKnownAreRefused() {
        let cases: [([(String, String?)], RepositoryConfiguration.Fault)] = [
            ([("core.repositoryformatversion", "2")], .version("2")), ([("extensions.refstorage", "reftable")], .references("reftable")),
            ([("extensions.objectformat", "sha512")], .objectFormat("sha512")), ([("extensions.later", "x")], .unknownExtension("later")),
        ]
        for (entries, fault) in cases {
            #expect(throws: fault) { try RepositoryConfiguration(listing: listing(entries)) }
        }
    }

    /// Real git reads the hostile file as data, and its own from what is written.
    @Test func gitReadsWhatIsWritten() throws {
        let folder = TemporaryFolder()
        folder.write(
            "found",
            """
            [core]
            \trepositoryformatversion = 1
            \thooksPath = evil
            \tautocrlf = true
            [extensions]
            \tobjectFormat = sha256
            \tworktreeConfig = true
            [include]
            \tpath = \(folder("more"))
            [filter "x"]
            \tclean = "touch \(folder("RAN"))"
            """)
        folder.write("more", "[core]\n\teol = crlf\n")
        let said = runProgram(["git", "config", "--file", folder("found"), "--list", "-z", "--no-includes"], in: folder.path)
        let read = try RepositoryConfiguration(listing: Array(said.utf8))
        #expect(read.usesSHA256)
        #expect(read.kept == ["core.autocrlf": "true"])
        folder.write("ours", read.text(keepsLogs: true))
        func value(_ key: String) -> String { runProgram(["git", "config", "--file", folder("ours"), key], in: folder.path) }
        #expect(value("core.hooksPath") == "/dev/null\n")
        #expect(value("core.autocrlf") == "true\n")
        #expect(value("core.fsmonitor") == "false\n")
        #expect(value("extensions.objectFormat") == "sha256\n")
        #expect(value("protocol.allow") == "never\n")
        #expect(folder.bytes("RAN") == nil)
    }
}
