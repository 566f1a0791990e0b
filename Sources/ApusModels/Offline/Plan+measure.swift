import ApusBase
import ApusCore

/// Line and byte counts of many files.
extension Plan {
    struct Measured: Hashable, Sendable {
        var values: [String: Int] = [:]
        /// Sentences about what is missing, each behind an empty line; empty when nothing is.
        var notes = ""
    }

    /// Bounds of one command, so that neither it nor its output meets a limit.
    static let maximumFilesPerCommand = 200
    static let maximumCommandBytes = 24 << 10
    /// Files that are read whole when no command may be run.
    static let maximumFilesToRead = 20

    mutating func measure(_ paths: [String], by measure: Ranking.Measure) throws(Halt) -> Measured {
        if offers(.execute) { return try measureByCommand(paths, by: measure) }
        guard measure == .lines, offers(.read), paths.count <= Plan.maximumFilesToRead else {
            throw .failure(
                "To measure \(Answer.count(paths.count, "file")) I need the tool Execute, which is not offered in this session. "
                    + "Without it I can count the lines of up to \(Plan.maximumFilesToRead) files.")
        }
        return try measureByReading(paths)
    }

    // MARK: By wc

    private mutating func measureByCommand(_ paths: [String], by measure: Ranking.Measure) throws(Halt) -> Measured {
        var result = Measured()
        let sensitive = paths.filter { isSensitive($0) }
        let awkward = paths.filter { !isSensitive($0) && !isQuotable($0) }
        let usable = paths.filter { !isSensitive($0) && isQuotable($0) }
        if !usable.isEmpty {
            let calls = batches(usable).map { batch in
                PlannedCall.reading(
                    "wc \(measure == .lines ? "-l" : "-c") -- \(batch.map { "'\($0)'" }.joined(separator: " "))",
                    reason: "Only counts \(measure == .lines ? "lines" : "bytes")",
                    summary: "Count the \(measure == .lines ? "lines" : "bytes") of \(Answer.count(batch.count, "file"))")
            }
            let expected = Set(usable)
            var refusal: String?
            for answer in try results(of: calls) {
                if answer.isError { refusal = refusal ?? Answer.failed(answer) }
                let (values, failures) = counts(in: answer.text)
                for (path, value) in values where expected.contains(path) && !failures.contains(path) { result.values[path] = value }
            }
            if let refusal, result.values.isEmpty { throw .failure(refusal) }
            let missing = usable.count - result.values.count
            if missing > 0 {
                result.notes += "\n\n\(Answer.count(missing, "file")) could not be counted\(refusal.map { ": \($0)" } ?? ".")"
            }
        }
        if !awkward.isEmpty {
            result.notes += "\n\nNot counted because of quotes or control characters in the name: \(Answer.count(awkward.count, "file"))."
        }
        if !sensitive.isEmpty {
            result.notes += "\n\nNot counted because the name looks like that of a secret: \(Answer.count(sensitive.count, "file"))."
        }
        return result
    }

    private func batches(_ paths: [String]) -> [[String]] {
        var batches: [[String]] = [[]]
        var bytes = 0
        for path in paths {
            let cost = path.utf8.count + 3
            if batches[batches.count - 1].count >= Plan.maximumFilesPerCommand || (bytes + cost > Plan.maximumCommandBytes && bytes > 0) {
                batches.append([])
                bytes = 0
            }
            batches[batches.count - 1].append(path)
            bytes += cost
        }
        return batches
    }

    /// Lines such as `  12 /path`, and the paths of lines such as `wc: /path: Is a directory`. The total has no path that was asked for.
    private func counts(in result: String) -> (values: [(path: String, value: Int)], failures: Set<String>) {
        var values: [(path: String, value: Int)] = []
        var failures: Set<String> = []
        for line in CommandOutput(result).text.utf8Lines {
            if line.hasPrefix("wc: "), let end = line.lastIndex(of: ":") {
                failures.insert(String(line[..<end].dropFirst(4).drop { $0 == "'" }.prefix { $0 != "'" }))
                continue
            }
            let rest = line.drop { $0 == " " }
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            let path = rest.dropFirst(digits.count)
            if let value = Int(digits), path.hasPrefix(" ") { values.append((String(path.dropFirst()), value)) }
        }
        return (values, failures)
    }

    /// Within single quotes everything but these stands for itself.
    private func isQuotable(_ path: String) -> Bool {
        path.unicodeScalars.allSatisfy { $0 != "'" && $0.value >= 32 && $0.value != 127 }
    }

    /// Commands that name such files are asked about, and one of them would stop the whole count.
    private func isSensitive(_ path: String) -> Bool {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        if name == ".env" || name.hasPrefix(".env.") && name != ".env.example" { return true }
        if name.hasPrefix("id_rsa") || name.hasPrefix("id_ed25519") || name.hasSuffix(".pem") || name.hasSuffix(".key") { return true }
        let marks = [
            ".ssh", ".aws", ".gnupg", ".netrc", ".npmrc", ".pypirc", "/etc/shadow", "/etc/sudoers", ".git-credentials",
            "/.kube/", "/.docker/",
        ]
        return marks.contains { path.contains($0) }
    }

    // MARK: By reading

    private mutating func measureByReading(_ paths: [String]) throws(Halt) -> Measured {
        var result = Measured()
        var failed: [String] = []
        var cut: [String] = []
        for (path, answer) in zip(paths, try results(of: paths.map { .read($0) })) {
            if answer.isError {
                failed.append(path)
            } else if let total = ReadText(answer.text).total {
                result.values[path] = total
            } else {
                cut.append(path)
            }
        }
        if !failed.isEmpty { result.notes += "\n\nCould not be read: \(failed.map(shown).joined(separator: ", "))." }
        if !cut.isEmpty { result.notes += "\n\nToo long to be counted by reading: \(cut.map(shown).joined(separator: ", "))." }
        return result
    }
}
