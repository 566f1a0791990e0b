import ApusBase
import ApusCore

/// Listing, finding, counting and ranking.
extension Plan {
    // MARK: One folder

    mutating func list(_ folder: String?) throws(Halt) -> Outcome {
        let text = try text(of: .list(folder))
        var folders: [String] = []
        var files: [String] = []
        var notices: [String] = []
        for line in text.utf8Lines where !line.isEmpty {
            if ToolNotice.isOmission(line) || line.hasPrefix("[The directory is empty.]")
                || ToolNotice.isBracketed(line) && line.contains(" shown.")
            {
                notices.append(String(line))
            } else if line.hasSuffix("/") {
                folders.append(String(line))
            } else {
                files.append(String(line))
            }
        }
        let place = folder.map { "`\(shown($0))`" } ?? "This folder"
        guard !folders.isEmpty || !files.isEmpty else { return Outcome(text: "\(place) is empty.") }
        let heading = "\(place) has \(Answer.count(folders.count, "folder")) and \(Answer.count(files.count, "file")):"
        let lines = (folders + files).map { "  \($0)" } + notices
        let base = folder.map { $0.hasSuffix("/") ? $0 : $0 + "/" } ?? ""
        return Outcome(text: ([heading] + lines).joined(separator: "\n"), files: files.map { $0.hasPrefix("/") ? $0 : base + $0 })
    }

    // MARK: Many files

    /// Asks again without the build folders when these have eaten into the tool's bound.
    mutating func files(_ query: FileQuery) throws(Halt) -> FileList {
        let first = FileList(
            globResult: try text(of: .glob(query)), below: query.folder, workingDirectory: conversation.workingDirectory)
        guard first.isCapped, first.leftOut > 0 else { return first }
        let excluded = FileList.exclusions(below: query.folder)
        var second = FileList(
            globResult: try text(of: .glob(query, excluding: excluded)), below: query.folder,
            workingDirectory: conversation.workingDirectory)
        // What the first listing showed of them; the tool does not say how many there are in all.
        second.leftOut = first.leftOut
        second.leftOutFolders = first.leftOutFolders
        second.leftOutIsLeast = true
        return second
    }

    mutating func find(_ query: FileQuery) throws(Halt) -> Outcome {
        let list = try files(query)
        guard !list.paths.isEmpty else { return Outcome(text: none(query) + Answer.notes(on: list)) }
        let shownPaths = list.paths.prefix(Answer.maximumListed).map { "  \(shown($0))" }
        var lines = ["\(Answer.opening(list, query)):"] + shownPaths
        if list.paths.count > shownPaths.count { lines.append("  … and \(Answer.number(list.paths.count - shownPaths.count)) more") }
        return Outcome(text: lines.joined(separator: "\n") + Answer.notes(on: list), files: list.paths)
    }

    mutating func countFiles(_ query: FileQuery) throws(Halt) -> Outcome {
        let list = try files(query)
        guard !list.paths.isEmpty else { return Outcome(text: none(query) + Answer.notes(on: list)) }
        var byExtension: [String: Int] = [:]
        for path in list.paths { byExtension[Answer.fileExtension(of: path).map { ".\($0)" } ?? "no extension", default: 0] += 1 }
        var text = Answer.opening(list, query) + "."
        if byExtension.count > 1 {
            let rows = byExtension.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            text += "\n" + rows.prefix(20).map { "  \(Answer.padded($0.value, to: rows[0].value))  \($0.key)" }.joined(separator: "\n")
            if rows.count > 20 { text += "\n  … and \(rows.count - 20) more kinds" }
        }
        return Outcome(text: text + Answer.notes(on: list), files: list.paths)
    }

    private func none(_ query: FileQuery) -> String { "There are no \(Answer.label(query, count: 0))." }

    // MARK: Lengths and sizes

    mutating func rank(_ ranking: Ranking) throws(Halt) -> Outcome {
        let list = try files(ranking.files)
        guard !list.paths.isEmpty else { return Outcome(text: none(ranking.files) + Answer.notes(on: list)) }
        let measured = try measure(list.paths, by: ranking.measure)
        let order = measured.values.sorted { left, right in
            if left.value != right.value { return (left.value > right.value) != ranking.isAscending }
            return left.key < right.key
        }
        guard let top = order.first else {
            return Outcome(text: "None of \(Answer.counted(list, ranking.files)) could be measured." + measured.notes)
        }
        let unit = ranking.measure == .lines ? "line" : "byte"
        let adjective = Answer.adjective(ranking)
        var text: String
        if ranking.limit == 1 || order.count == 1 {
            text = "The \(adjective) of \(Answer.counted(list, ranking.files)) is \(shown(top.key)) with \(Answer.count(top.value, unit))."
        } else {
            let rows = Array(order.prefix(ranking.limit))
            let widest = rows.map(\.value).max() ?? 0
            text = "The \(rows.count) \(adjective) of \(Answer.counted(list, ranking.files)):\n"
            text += rows.enumerated().map { position, row in
                "\(Answer.padded(position + 1, to: rows.count)). \(Answer.padded(row.value, to: widest)) "
                    + "\(row.value == 1 ? unit : unit + "s")  \(shown(row.key))"
            }.joined(separator: "\n")
        }
        return Outcome(text: text + Answer.notes(on: list) + measured.notes, files: order.prefix(ranking.limit).map(\.key))
    }

    mutating func countLines(in query: FileQuery) throws(Halt) -> Outcome {
        let list = try files(query)
        guard !list.paths.isEmpty else { return Outcome(text: none(query) + Answer.notes(on: list)) }
        let measured = try measure(list.paths, by: .lines)
        let total = measured.values.values.reduce(0, +)
        let counted =
            list.paths.count == measured.values.count
            ? Answer.opening(list, query) : "\(measured.values.count) of \(Answer.counted(list, query))"
        return Outcome(
            text: "\(counted): \(Answer.count(total, "line")) in all.\(Answer.notes(on: list))\(measured.notes)", files: list.paths)
    }

    mutating func countLines(of reference: FileReference) throws(Halt) -> Outcome {
        let path = try path(of: reference)
        let measured = try measure([path], by: .lines)
        guard let count = measured.values[path] else { throw .failure("I could not count the lines of \(shown(path)).\(measured.notes)") }
        return Outcome(text: "\(shown(path)) has \(Answer.count(count, "line")).\(measured.notes)", files: [path])
    }
}
