import ArgumentParser

/// `apus completions`: what makes a shell complete our words.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a completion script for bash, zsh or fish.",
        discussion: """
            bash: apus completions bash > ~/.local/share/bash-completion/completions/apus
            zsh:  apus completions zsh > DIR/_apus, DIR being a directory of $fpath
            fish: apus completions fish > ~/.config/fish/completions/apus.fish
            """)

    private static let shells = CompletionShell.allCases.map(\.rawValue).sorted()

    @Argument(help: "bash, zsh or fish.", completion: .list(shells))
    var shell: String

    func validate() throws {
        if CompletionShell(rawValue: shell) == nil {
            throw ValidationError("\"\(shell)\" is not a shell that can be served. Use one of \(Self.shells.joined(separator: ", ")).")
        }
    }

    func run() throws {
        guard let shell = CompletionShell(rawValue: shell) else { return }
        Terminal.output(Apus.completionScript(for: shell) + "\n")
    }
}
