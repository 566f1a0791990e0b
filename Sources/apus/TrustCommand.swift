import ApusBase
import ApusDaemon
import ApusSettings
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `apus trust`: lets a project's own files count, exactly as they are now.
struct TrustCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "trust",
        abstract: "Trusts what a project brings along, as it is now.",
        discussion: """
            A project's settings, hooks and servers can name programs to start and servers that get the conversation; its skills, droids \
            and commands change what an agent does. Until they are trusted they have no effect, but for droids, which take no name \
            that another one has until then. Read them first. Whoever changes a file ends the trust in it.
            """)

    @Flag(help: "Show what is trusted: everything, or the files of the directory, untrusted ones included.")
    var list = false

    @Flag(help: "Take the trust back.")
    var remove = false

    @Argument(
        help: ArgumentHelp("A directory of the project; the working directory unless given.", valueName: "dir"), completion: .directory)
    var directory: String?

    func validate() throws {
        if list && remove { throw ValidationError("--list cannot be combined with --remove: use one of them.") }
    }

    func run() throws {
        do throws(TrustFileError) {
            if list, directory == nil {
                let configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
                return Self.show(try ProjectTrust.listAll(configuration), "Nothing is trusted.")
            }
            let trust = ProjectTrust(place())
            if list { return Self.show(try trust.list(), "There is nothing here to trust.") }
            if remove { return Self.remove(from: trust) }
            Self.trust(trust)
        } catch {
            Self.fail(error)
        }
    }

    private func place() -> DaemonConfiguration {
        let given = directory ?? "."
        // A project that was deleted can still lose its trust.
        guard let directory = WorkingDirectory.resolved(given) ?? (remove && given.hasPrefix("/") ? given : nil) else {
            Terminal.diagnostics("No such directory: \(given)")
            _exit(1)
        }
        var configuration = DaemonConfiguration(environment: ProcessEnvironment.current) { Terminal.diagnostics($0) }
        configuration.workingDirectory = directory
        return configuration
    }

    static func trust(_ trust: ProjectTrust) {
        do throws(TrustFileError) {
            let outcome = try trust.trust()
            for (path, reason) in outcome.passedOver.sorted(by: { $0.key < $1.key }) {
                Terminal.diagnostics("Not trusted: \(shown(path)): \(reason).")
            }
            if outcome.trusted.isEmpty { Terminal.diagnostics("There is nothing here to trust.") }
            for file in outcome.trusted { Terminal.output("Trusted: \(shown(file))\n") }
        } catch {
            fail(error)
        }
    }

    static func remove(from trust: ProjectTrust) {
        do throws(TrustFileError) {
            let files = try trust.remove()
            if files.isEmpty { Terminal.diagnostics("Nothing here was trusted.") }
            for file in files { Terminal.output("No longer trusted: \(shown(file))\n") }
        } catch {
            fail(error)
        }
    }

    private static func show(_ entries: [ProjectTrust.Entry], _ none: String) {
        if entries.isEmpty { Terminal.diagnostics(none) }
        for entry in entries { Terminal.output("\(word(for: entry.standing)): \(shown(entry.path))\n") }
    }

    private static func word(for standing: SettingsTrust.Standing) -> String {
        switch standing {
        case .trusted: "trusted"
        case .changed: "changed since it was trusted"
        case .gone: "trusted, and gone"
        case .untrusted: "not trusted"
        case .passedOver(let reason): "not read (\(reason))"
        }
    }

    private static func fail(_ error: TrustFileError) -> Never {
        Terminal.diagnostics(shown(error.description))
        _exit(1)
    }

    private static func shown(_ text: String) -> String { escapedForDisplay(text, keepingNewlines: false) }
}
