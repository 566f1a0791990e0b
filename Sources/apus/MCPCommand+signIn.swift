import ApusBase
import ApusCore
import ApusDaemon
import ArgumentParser

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Extensions of ours: the original signs in from its screen.
extension MCPCommand {
    struct Auth: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "auth", abstract: "Signs in to a server that asks for it.",
            discussion: """
                Prints an address to open in a browser, and waits up to five minutes. Where the browser runs on another machine, paste \
                the address of the page at which it ends, or the code in it, as a line on stdin.
                """)

        @Argument(help: "The server's name.")
        var name: String

        func run() async throws {
            let input = PastedLines()
            let outcome: MCPSignInOutcome
            do throws(MCPServersError) {
                outcome = try await MCPCommand.list.signIn(to: name, pasted: { await input.next() }) { pending in
                    Terminal.diagnostics("\(pending.message) Or paste the address at which the browser ends here:")
                    Terminal.output(escapedForDisplay(pending.url, keepingNewlines: false) + "\n")
                }
            } catch {
                MCPCommand.fail(error)
            }
            switch outcome {
            case .succeeded: Terminal.output("Signed in: \(name)\n")
            case .cancelled:
                Terminal.diagnostics("Nobody signed in to \"\(name)\" in time.")
                _exit(1)
            case .failed(let sentence):
                Terminal.diagnostics(escapedForDisplay(sentence, keepingNewlines: false))
                _exit(1)
            }
        }
    }

    struct Logout: AsyncParsableCommand {
        static let configuration = CommandConfiguration(commandName: "logout", abstract: "Forgets the tokens of a server.")

        @Argument(help: "The server's name.")
        var name: String

        func run() async throws {
            do throws(MCPServersError) {
                try await MCPCommand.list.signOut(of: name)
            } catch {
                MCPCommand.fail(error)
            }
            Terminal.output("Signed out: \(name)\n")
        }
    }
}

/// Lines of stdin, read only when somebody wants one.
private actor PastedLines {
    private var lines: StandardInput.Iterator?

    /// `nil` at the end of stdin.
    func next() async -> String? {
        var lines = lines ?? StandardInput().makeAsyncIterator()
        let line = await lines.next(isolation: self)
        self.lines = lines
        return line.map { String(decoding: $0, as: UTF8.self) }
    }
}
