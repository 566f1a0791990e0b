import ApusBase
import ApusCore
import ApusDaemon
import ArgumentParser

/// `apus keys`: who may use the daemon.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Makes, lists and revokes the keys that clients of the daemon show.",
        subcommands: [AddCommand.self, ListCommand.self, RemoveCommand.self, ShowLocalCommand.self])

    struct AddCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "add", abstract: "Makes a key and prints it, this once.",
            discussion: """
                Scopes: observer reads sessions, prompter works in them, approver answers permission requests, admin configures programs \
                and servers. Without --scope the key has all of them, as clients of the droid protocol expect. A running daemon knows \
                the key at once.
                """)

        @Option(help: ArgumentHelp("A name for people; key-1, key-2, … without it.", valueName: "name"))
        var name: String?

        @Option(
            name: .customLong("scope"),
            help: ArgumentHelp("What the key is good for: observer, prompter, approver or admin. Repeatable.", valueName: "scope"),
            completion: .list(ClientScope.allCases.map(\.rawValue)))
        var scopes: [String] = []

        func validate() throws {
            for scope in scopes where ClientScope(rawValue: scope) == nil {
                let known = ClientScope.allCases.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("\"\(scope)\" is not a scope. Use one of \(known).")
            }
            if let name, !(1...64).contains(name.utf8.count) || !name.utf8.allSatisfy(isPlain) {
                throw ValidationError("A key's name has 1 to 64 letters, digits, \".\", \"_\" or \"-\".")
            }
        }

        func run() async throws {
            let wanted = scopes.isEmpty ? ClientScope.allCases : scopes.compactMap(ClientScope.init(rawValue:))
            do throws(DaemonFileError) {
                let (secret, record) = try KeysCommand.file.add(name: name, scopes: Set(wanted), at: SystemTime().now)
                Terminal.output(secret + "\n")
                Terminal.diagnostics("This is the key \"\(record.name)\". It is not kept and cannot be shown again.")
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }

        private func isPlain(_ byte: UInt8) -> Bool {
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"): true
            default: false
            }
        }
    }

    struct ListCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists keys by name, scopes and the beginning of their hash; the keys themselves are not kept.")

        @Flag(help: "One JSON array.")
        var json = false

        func run() async throws {
            do throws(DaemonFileError) {
                let records = try KeysCommand.file.records()
                if json { return Terminal.output(JSONValue.array(records.map(Self.object)).serialized() + "\n") }
                for record in records {
                    let name = escapedForDisplay(record.name, keepingNewlines: false)
                    Terminal.output("\(name)  \(Self.scopes(record).joined(separator: ","))  sha256:\(record.shortDigest)\n")
                }
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }

        private static func scopes(_ record: KeyRecord) -> [String] { ClientScope.allCases.filter(record.scopes.contains).map(\.rawValue) }

        private static func object(_ record: KeyRecord) -> JSONValue {
            [
                "name": .string(record.name), "scopes": .array(scopes(record).map { .string($0) }), "sha256": .string(record.shortDigest),
                "createdAt": .integer(record.createdAt),
            ]
        }
    }

    struct RemoveCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "remove",
            abstract: "Revokes a key: a running daemon refuses it within a second and closes the connections that were opened with it.")

        @Argument(help: ArgumentHelp("The key's name.", valueName: "name"))
        var name: String

        func run() async throws {
            do throws(DaemonFileError) {
                guard let record = try KeysCommand.file.remove(name: name) else {
                    DaemonCommand.end("There is no key named \"\(name)\". `apus keys list` shows them.", code: 1)
                }
                Terminal.diagnostics("Revoked the key \"\(record.name)\".")
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }

    struct ShowLocalCommand: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show-local", abstract: "Prints the owner's own key, which every home has; it is made when there is none.")

        func run() async throws {
            do throws(DaemonFileError) {
                Terminal.output(try KeysCommand.file.localSecret() + "\n")
            } catch {
                DaemonCommand.end(error.description, code: 1)
            }
        }
    }

    private static var file: KeyFile { KeyFile(DaemonCommand.folder) }
}
