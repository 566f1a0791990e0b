/// What the planner says about itself.
extension Answer {
    static let notUnderstood = "I did not understand that. \(help)"

    static let help = "\(identity)\n\n\(abilities)\n\n\(configuration)"

    private static let identity = """
        I am Apus's built-in offline planner: no language model, only a fixed set of requests that I carry out with the tools.
        """

    private static let abilities = """
        What I can do:
          - list the files in Sources
          - find files named Package.swift
          - how many Swift files are in Tests?
          - count the lines in README.md
          - which Swift files here are the longest?
          - the 5 largest files in docs
          - show the first 20 lines of README.md
          - summarise README.md
          - where is parseConfig used in Sources?
          - git status, git diff, the last 5 commits
          - run "swift --version"
          - create notes.txt with content "hello"
          - replace "hello" with "goodbye" in notes.txt everywhere
        Several steps can be joined by "then": find README.md, then summarise it.
        """

    private static let configuration = """
        For anything else, configure a model:
          - set ANTHROPIC_API_KEY or OPENAI_API_KEY and choose one with --model,
          - or add an entry to customModels in ~/.apus/settings.json,
          - or start a local model server on this machine; it is found on ports 11434, 8080, 1234 and 8000.
        """
}
