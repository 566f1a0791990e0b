/// Puts hunks into a text.
///
/// Every hunk is looked for behind the one before it and behind its anchors. Without an anchor it has to fit in one place only, with an
/// anchor the first place counts. A hunk that quotes nothing goes below its last anchor, without anchors to the end of the text.
///
/// Context lines stay as the text has them, however loosely they were matched; added lines take the line end of their neighbours. A text
/// that ends without a newline still does.
struct PatchedText {
    private let path: String
    private let text: [UInt8]
    private var quotes: PatchLines
    private var output: [UInt8] = []
    /// The line end that is owed to the last line, once it is known that it has one.
    private var pending: ArraySlice<UInt8> = []
    private var endsWithAdded = false

    private init(_ text: [UInt8], path: String) {
        self.text = text
        self.path = path
        quotes = PatchLines(text)
    }

    /// `path` is for sentences only.
    static func applying(_ hunks: [PatchHunk], to text: [UInt8], path: String) throws(PatchFault) -> [UInt8] {
        var patched = PatchedText(text, path: path)
        var places: [Int] = []
        var cursor = 0
        for (index, hunk) in hunks.enumerated() {
            let place = try patched.place(of: hunk, number: index + 1, of: hunks.count, from: cursor)
            places.append(place)
            cursor = place + hunk.old.count
        }
        return patched.assembled(hunks, at: places)
    }

    private mutating func place(of hunk: PatchHunk, number: Int, of count: Int, from cursor: Int) throws(PatchFault) -> Int {
        let name = count == 1 ? "The hunk for \(path)" : "Hunk \(number) of \(count) for \(path)"
        var start = cursor
        for (index, anchor) in hunk.anchors.enumerated() {
            guard let found = quotes.places(of: [anchor], from: start, limit: 1).first else {
                let shown = String(decoding: anchor, as: UTF8.self)
                throw PatchFault("\(name): its anchor \"@@ \(shown)\" \(missing([anchor], from: start))")
            }
            start = index == hunk.anchors.count - 1 ? found : found + 1
        }
        let old = hunk.old
        if old.isEmpty { return hunk.isAtEnd || hunk.anchors.isEmpty ? quotes.lines.count : start + 1 }
        let places = quotes.places(of: old, from: start, onlyAtEnd: hunk.isAtEnd)
        guard let first = places.first else {
            if hunk.isAtEnd, let elsewhere = quotes.places(of: old, from: start, limit: 1).first {
                throw PatchFault("\(name) says \"*** End of File\", but its lines stand at line \(elsewhere + 1) and more lines follow.")
            }
            throw PatchFault("\(name) does not fit: its lines \(missing(old, from: start))")
        }
        if places.count > 1, hunk.anchors.isEmpty {
            let shown = places.map { String($0 + 1) }.joined(separator: ", ")
            throw PatchFault(
                "\(name) fits in several places, at lines \(shown)\(places.count == 20 ? ", …" : ""). "
                    + "Quote more lines around the one you mean, or put \"@@ \" with a line that comes before it above the hunk.")
        }
        return first
    }

    /// The end of a sentence that tells where `wanted` would rather be.
    private mutating func missing(_ wanted: [[UInt8]], from start: Int) -> String {
        if start > 0, let before = quotes.places(of: wanted, from: 0, limit: 1).first {
            return "can only be found at line \(before + 1), above the hunk or anchor before. Put hunks into the order of the file."
        }
        guard let candidate = ClosestText.find(Array(wanted.joined(separator: [0x0A])), in: text) else {
            return "cannot be found, and nothing in the file is alike. Read the file again and copy the lines from it."
        }
        return "cannot be found. The closest text, at line \(candidate.line):\n\n\(candidate.text)\n\nCopy the lines to the letter."
    }

    private mutating func assembled(_ hunks: [PatchHunk], at places: [Int]) -> [UInt8] {
        let lines = quotes.lines
        let usual = lines.lazy.map(PatchLines.end).first { !$0.isEmpty } ?? [0x0A]
        output.reserveCapacity(text.count)
        var next = 0
        for (hunk, place) in zip(hunks, places) {
            keep(lines[next..<place], usual)
            next = place
            for line in hunk.lines {
                switch line {
                case .context:
                    keep(lines[next...next], usual)
                    next += 1
                case .removed: next += 1
                case .added(let bytes):
                    let neighbour = next > place ? lines[next - 1] : next < lines.count ? lines[next] : []
                    let end = PatchLines.end(of: neighbour)
                    add(bytes, end.isEmpty ? usual : end)
                }
            }
        }
        keep(lines[next...], usual)
        let endsOpen = !text.isEmpty && text.last != 0x0A
        if endsWithAdded, !endsOpen { output += pending }
        return output
    }

    private mutating func keep(_ lines: ArraySlice<ArraySlice<UInt8>>, _ usual: ArraySlice<UInt8>) {
        for line in lines {
            output += pending
            output += line
            pending = line.last == 0x0A ? [] : usual
            endsWithAdded = false
        }
    }

    private mutating func add(_ bytes: [UInt8], _ end: ArraySlice<UInt8>) {
        output += pending
        output += bytes
        pending = end
        endsWithAdded = true
    }
}
