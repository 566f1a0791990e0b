import ApusCore

/// Programs with ways of their own, which no table of options describes.
extension CommandJudge {
    mutating func judgeSpecially(_ use: Use, _ arguments: CommandArguments, _ base: CommandRule, _ call: Call) {
        switch use.program {
        case "git": judgeGit(use, arguments, base, call)
        case "rm", "rmdir": judgeRemoval(arguments, call)
        case "cp", "mv", "ln", "install":
            if arguments.operands.contains(where: { $0.splits }) { add("write.unknown", call, program: use.program) }
        case "npx", "bunx": judgeFetched(arguments, use, call)
        case "tar", "bsdtar", "gtar": judgeTar(use, arguments, call)
        case "unzip", "zip", "gzip", "gunzip", "patch", "7z", "7za", "xz", "bzip2", "cpio", "pax":
            // Unpacking goes below the folder the shell is in.
            if places.reach(forWriting: KnownWord(text: ".")) != .inside { add("write.outside", call, program: use.program) }
        case "wget", "curl": if base.tier < .high { judgeDownload(arguments, use, call) }
        case "make", "gmake", "cargo", "npm", "swift": break
        default: break
        }
    }

    private mutating func judgeGit(_ use: Use, _ arguments: CommandArguments, _ base: CommandRule, _ call: Call) {
        let subcommand = use.path.first
        if subcommand == "checkout", use.words.contains(where: { $0.text == "--" }) { add("git.checkout-dashes", call, program: "git") }
        if subcommand == "restore" {
            let names = use.words.map { $0.text ?? "*" }
            let isOnlyIndex =
                names.contains { $0 == "--staged" || $0 == "-S" }
                && !names.contains { $0 == "--worktree" || $0.hasPrefix("-W") || $0 == "-SW" || $0 == "*" }
            if !isOnlyIndex { add("git.restore", call, program: "git") }
        }
        if base.tier != .readOnly { return }
        // Signatures are checked by a program that the configuration names.
        if use.words.contains(where: { $0.pattern.contains("%G") }) { add("git.external", call, program: "git") }
        if workspace.repositoryRunsPrograms { add("git.repository-runs-programs", call, program: "git") }
        let isHere = places.directories.map { $0.allSatisfy { $0 == workspace.workingDirectory || $0 == workspace.projectRoot } } ?? false
        if !isHere || isElsewhere(use, call) { add("git.elsewhere", call, program: "git") }
    }

    /// `-C` before the subcommand.
    private func isElsewhere(_ use: Use, _ call: Call) -> Bool {
        guard let invocation = call.invocation, let index = invocations[invocation].words.firstIndex(where: { $0.hasPrefix("-C") }),
            let end = invocations[invocation].words.firstIndex(of: use.path.first ?? ""), index < end
        else { return false }
        let word = invocations[invocation].words[index]
        let folder = word == "-C" ? invocations[invocation].words[index + 1] : String(word.dropFirst(2))
        let path = CommandPlaces.normalised(folder, in: workspace.workingDirectory)
        return path != workspace.workingDirectory && path != workspace.projectRoot
    }

    private static let built: Set<Substring> = [
        "build", "dist", "target", "node_modules", ".build", "out", "coverage", "__pycache__", ".pytest_cache", ".mypy_cache",
        ".ruff_cache", ".next",
        ".nuxt", ".cache", ".tox", ".gradle", ".parcel-cache", ".turbo", "htmlcov", ".eggs", "DerivedData", ".nyc_output", ".svelte-kit",
    ]

    private mutating func judgeRemoval(_ arguments: CommandArguments, _ call: Call) {
        if arguments.operands.contains(where: { $0.splits }) { add("write.unknown", call, program: "rm") }
        let names = Set(arguments.options.map(\.name))
        guard names.contains("-r") || names.contains("-R") || names.contains("--recursive") else { return }
        let isForced = names.contains("-f") || names.contains("--force")
        let isBuilt =
            !arguments.operands.isEmpty
            && arguments.operands.allSatisfy { word in
                guard let text = word.text, !text.hasPrefix("/"), !text.contains("..") else { return false }
                return text.split(separator: "/").last.map { Self.built.contains($0) || $0.hasSuffix(".egg-info") } ?? false
            }
        add(isBuilt && !isForced ? "file.remove-built" : "file.remove-tree", call, program: "rm")
    }

    /// Only programs that the table knows are taken for installed.
    private mutating func judgeFetched(_ arguments: CommandArguments, _ use: Use, _ call: Call) {
        guard let name = arguments.operands.first?.text, catalog.rules(for: name).contains(where: { $0.tier <= .medium }) else {
            return add("install.npx", call, program: use.program)
        }
    }

    /// Unpacking goes below the folder the shell is in; packing writes the archive.
    private mutating func judgeTar(_ use: Use, _ arguments: CommandArguments, _ call: Call) {
        let names = Set(arguments.options.map(\.name))
        let isPacking = use.words.contains { word in
            guard let text = word.text, text.hasPrefix("-") else { return false }
            return text.hasPrefix("--")
                ? ["--create", "--append", "--update", "--concatenate", "--delete"].contains { $0.hasPrefix(text) && text.count > 3 }
                : text.contains { "cruA".contains($0) }
        }
        if isPacking {
            for option in arguments.options where option.name == "-f" || option.name == "--file" {
                if let value = option.value { judgeWritten(value, catalog.rule("file.tar"), call, use.program) }
            }
        } else if !names.contains("-t"), places.reach(forWriting: KnownWord(text: ".")) != .inside {
            add("write.outside", call, program: use.program)
        }
    }

    /// Old style: the first word holds letters without a dash, and their values follow in order.
    static func unbundledTar(_ words: ArraySlice<KnownWord>) -> ArraySlice<KnownWord> {
        guard let first = words.first?.text, !first.hasPrefix("-"), first.allSatisfy({ $0.isLetter && $0.isASCII }) else { return words }
        var rest = words.dropFirst()
        var result: [KnownWord] = []
        for letter in first {
            result.append(KnownWord(text: "-\(letter)"))
            if "fCTXbIFKNHVgL".contains(letter), let value = rest.first {
                result.append(value)
                rest = rest.dropFirst()
            }
        }
        return result[...] + rest
    }

    private mutating func judgeDownload(_ arguments: CommandArguments, _ use: Use, _ call: Call) {
        let savesHere = use.program == "wget" || arguments.options.contains { $0.name == "-O" || $0.name == "--remote-name" }
        if savesHere, places.reach(forWriting: KnownWord(text: ".")) != .inside { add("write.outside", call, program: use.program) }
    }
}
