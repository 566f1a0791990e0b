package import ApusBase

extension JSONWithComments {
    /// The document with another value, written into its text: what is the same in both stays byte for byte, with its comments, its white
    /// space and its commas.
    ///
    /// New members come last, in the style of their neighbours. What is removed takes along the rest of its lines, so also the comment
    /// behind it; comments on lines of their own stay. A document without any value becomes one line a member.
    ///
    /// - Throws: what is wrong with `bytes`, or with what they become: it may be too large.
    package static func rewritten(_ bytes: [UInt8], as value: JSONValue) throws(Fault) -> [UInt8] {
        if bytes.allSatisfy({ $0 <= 0x20 }) { return JSONText(newline: [0x0A], unit: [0x20, 0x20]).lines(value, after: []) + [0x0A] }
        let before = try parse(bytes)
        if before == value { return bytes }
        var editor = JSONTextEditor(bytes)
        try editor.change([], from: before, to: value)
        // Members in another order cannot be had by changing single ones. What cannot be read any more is no reason to drop the comments.
        return try parse(editor.bytes) == value ? editor.bytes : editor.text.lines(value, after: []) + editor.text.newline
    }
}

/// Writes values as text.
struct JSONText {
    var newline: [UInt8]
    /// One level of indentation.
    var unit: [UInt8]

    /// Lists of plain values that are longer than this get a line for each.
    private static let longestLine = 80

    /// Over as many lines as it takes; all but the first begin with `indentation`.
    func lines(_ value: JSONValue, after indentation: [UInt8]) -> [UInt8] {
        let inner = newline + indentation + unit
        var text: [UInt8] = []
        func put(_ open: String, _ parts: [[UInt8]], _ close: String) {
            text += Array(open.utf8)
            for (index, part) in parts.enumerated() { text += (index == 0 ? [] : [UInt8(ascii: ",")]) + inner + part }
            text += newline + indentation + Array(close.utf8)
        }
        switch value {
        case .object(let members) where !members.isEmpty:
            put("{", members.map { Self.name($0.key) + lines($0.value, after: indentation + unit) }, "}")
        case .array(let elements) where !elements.isEmpty:
            let isPlain = elements.allSatisfy { $0.objectValue == nil && $0.arrayValue == nil }
            let line = Array("[".utf8) + elements.map { $0.serializedBytes() }.joined(separator: Array(", ".utf8)) + Array("]".utf8)
            if isPlain, line.count <= Self.longestLine {
                text = line
            } else {
                put("[", elements.map { lines($0, after: indentation + unit) }, "]")
            }
        default: text = value.serializedBytes()
        }
        return text
    }

    /// A member's name with what stands between it and its value.
    static func name(_ key: String, isSpaced: Bool = true) -> [UInt8] {
        JSONValue.string(key).serializedBytes() + Array((isSpaced ? ": " : ":").utf8)
    }
}

/// Changes single values in the text of a document. Each change reads the text anew: files that people write are small.
struct JSONTextEditor {
    enum Step {
        case member(String), element(Int)
    }

    typealias Fault = JSONWithComments.Fault

    private(set) var bytes: [UInt8]
    let text: JSONText
    /// Whether a blank follows the colons.
    private let isSpaced: Bool

    /// - Parameter bytes: a document that parses.
    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        let firstBreak = bytes.firstIndex(of: 0x0A)
        let newline: [UInt8] = firstBreak.map { $0 > 0 && bytes[$0 - 1] == 0x0D } == true ? [0x0D, 0x0A] : [0x0A]
        text = JSONText(newline: newline, unit: Self.unit(in: bytes))
        isSpaced = zip(bytes, bytes.dropFirst()).contains { $0 == UInt8(ascii: ":") && $1 == 0x20 }
    }

    /// Makes what stands at `path` into `new`, which is `old` now.
    mutating func change(_ path: [Step], from old: JSONValue, to new: JSONValue) throws(Fault) {
        if old == new { return }
        switch (old, new) {
        case (.object(let before), .object(let after)):
            for key in unique(before.keys) where after[key] == nil { try remove(key, of: path) }
            for key in unique(after.keys) {
                guard let value = after[key] else { continue }
                if let known = before[key] {
                    try change(path + [.member(key)], from: known, to: value)
                } else {
                    try add(value, named: key, to: path)
                }
            }
        case (.array(let before), .array(let after)):
            try change(path, from: before, to: after)
        default:
            let value = try value(at: path).value
            let isInLines = bytes[..<value.range.lowerBound].contains(0x0A)
            let new = isInLines ? text.lines(new, after: indentation(at: value.range.lowerBound)) : new.serializedBytes()
            bytes.replaceSubrange(value.range, with: new)
        }
    }

    private mutating func change(_ path: [Step], from old: [JSONValue], to new: [JSONValue]) throws(Fault) {
        var (removed, kept) = ([Int](), 0)
        for (index, element) in old.enumerated() {
            if kept < new.count, new[kept] == element { kept += 1 } else { removed.append(index) }
        }
        // Of a list where elements were changed in place, not taken out, most stand where they stood.
        if old.count == new.count, zip(old, new).count(where: ==) > kept {
            for (index, element) in old.enumerated() { try change(path + [.element(index)], from: element, to: new[index]) }
            return
        }
        for index in removed.reversed() { try remove(index, of: path) }
        for element in new[kept...] { try add(element, named: nil, to: path) }
    }

    private func unique(_ keys: [String]) -> [String] {
        var seen: Set<String> = []
        return keys.filter { seen.insert($0).inserted }
    }

    /// What stands at a path, and the document around it.
    private func value(at path: [Step]) throws(Fault) -> (value: JSONLayout.Value, strict: [UInt8], trailingCommas: [Int]) {
        let (strict, trailing) = try JSONWithComments.strict(bytes)
        var value = JSONLayout.root(of: strict)
        for step in path {
            switch step {
            case .member(let key):
                guard let index = value.index(of: key) else { preconditionFailure("the path of a change is in the document") }
                value = value.items[index].value
            case .element(let index): value = value.items[index].value
            }
        }
        return (value, strict, trailing)
    }

    // MARK: Adding

    private mutating func add(_ new: JSONValue, named key: String?, to path: [Step]) throws(Fault) {
        let (value, _, trailing) = try value(at: path)
        let (open, close) = (value.range.lowerBound, value.range.upperBound - 1)
        let afterItems = value.items.last?.end ?? open + 1
        // Behind the comments.
        var end = close
        while end > afterItems, bytes[end - 1] <= 0x20 { end -= 1 }
        let hasTrailingComma = trailing.contains { (afterItems..<close).contains($0) }
        var insertion: [UInt8] = []
        if isInLines(value, isRoot: path.isEmpty) {
            let indentation = indentation(ofItemsIn: value)
            insertion += text.newline + indentation + (key.map { JSONText.name($0) } ?? []) + text.lines(new, after: indentation)
            if hasTrailingComma { insertion.append(UInt8(ascii: ",")) }
            if !bytes[end..<close].contains(0x0A) {
                bytes.removeSubrange(end..<close)
                insertion += text.newline + self.indentation(at: open)
            }
        } else {
            if !value.items.isEmpty, isSpaced { insertion.append(0x20) }
            insertion += (key.map { JSONText.name($0, isSpaced: isSpaced) } ?? []) + new.serializedBytes()
            if hasTrailingComma { insertion.append(UInt8(ascii: ",")) }
        }
        bytes.insert(contentsOf: insertion, at: end)
        if !value.items.isEmpty, !hasTrailingComma { bytes.insert(UInt8(ascii: ","), at: afterItems) }
    }

    /// Whether its items have lines of their own. Those of an empty one get them where the document has more than one line.
    private func isInLines(_ value: JSONLayout.Value, isRoot: Bool) -> Bool {
        let (open, close) = (value.range.lowerBound, value.range.upperBound - 1)
        guard let first = value.items.first, let last = value.items.last else {
            return isRoot || bytes[..<close].contains(0x0A)
        }
        return bytes[open..<first.start].contains(0x0A) || bytes[last.end..<close].contains(0x0A)
    }

    private func indentation(ofItemsIn value: JSONLayout.Value) -> [UInt8] {
        if let first = value.items.first?.start, lineStart(before: first).isStart { return indentation(at: first) }
        return indentation(at: value.range.lowerBound) + text.unit
    }

    // MARK: Removing

    private mutating func remove(_ key: String, of path: [Step]) throws(Fault) {
        while let index = try value(at: path).value.index(of: key) { try remove(index, of: path) }
    }

    private mutating func remove(_ index: Int, of path: [Step]) throws(Fault) {
        let (value, strict, trailing) = try value(at: path)
        let (item, close) = (value.items[index], value.range.upperBound - 1)
        let next = index + 1 < value.items.count ? value.items[index + 1].start : close
        let comma = strict[item.end..<next].firstIndex(of: UInt8(ascii: ",")) ?? trailing.first { (item.end..<next).contains($0) }
        var range = item.start..<(comma.map { $0 + 1 } ?? item.end)
        // The last one takes the comma before it along.
        var earlier: Int?
        if comma == nil, index > 0 {
            earlier = strict[value.items[index - 1].end..<item.start].firstIndex(of: UInt8(ascii: ","))
            if let comma = earlier, bytes[(comma + 1)..<item.start].allSatisfy({ $0 == 0x20 || $0 == 0x09 }) {
                (earlier, range) = (nil, comma..<range.upperBound)
            }
        }
        bytes.removeSubrange(widened(range))
        if let earlier { bytes.remove(at: earlier) }
    }

    /// With the rest of its lines, if nothing else stands on them; otherwise with the blanks that would be left.
    private func widened(_ range: Range<Int>) -> Range<Int> {
        let (start, isStart) = lineStart(before: range.lowerBound)
        if isStart, let end = endOfLine(after: range.upperBound) { return start..<end }
        var end = range.upperBound
        while end < bytes.count, bytes[end] == 0x20 || bytes[end] == 0x09 { end += 1 }
        let isAtBreak = end < bytes.count && (bytes[end] == 0x0A || bytes[end] == 0x0D)
        return (isAtBreak && !isStart ? start : range.lowerBound)..<end
    }

    /// Behind the line break, when only blanks and comments stand before it.
    private func endOfLine(after start: Int) -> Int? {
        var position = start
        while position < bytes.count {
            switch bytes[position] {
            case 0x0A: return position + 1
            case 0x20, 0x09, 0x0D: position += 1
            case UInt8(ascii: "/") where position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "/"):
                return bytes[position...].firstIndex(of: 0x0A).map { $0 + 1 }
            case UInt8(ascii: "/"):
                guard let end = JSONWithComments.endOfBlockComment(in: bytes, from: position + 2),
                    !bytes[position..<end].contains(0x0A)
                else { return nil }
                position = end
            default: return nil
            }
        }
        return nil
    }

    // MARK: Lines

    /// Where the blanks before a place begin, and whether a line does there.
    private func lineStart(before place: Int) -> (Int, isStart: Bool) {
        var start = place
        while start > 0, bytes[start - 1] == 0x20 || bytes[start - 1] == 0x09 { start -= 1 }
        return (start, start == 0 || bytes[start - 1] == 0x0A)
    }

    /// The blanks at the beginning of the line of a place.
    private func indentation(at place: Int) -> [UInt8] { Self.indentation(at: place, in: bytes) }

    private static func indentation(at place: Int, in bytes: [UInt8]) -> [UInt8] {
        let start = bytes[..<place].lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return Array(bytes[start..<place].prefix { $0 == 0x20 || $0 == 0x09 })
    }

    /// How far the first member of the document is indented; two blanks where nothing is.
    private static func unit(in bytes: [UInt8]) -> [UInt8] {
        // What does not parse is never edited.
        guard let strict = try? JSONWithComments.blanked(bytes), let first = JSONLayout.root(of: strict).items.first?.start else {
            return [0x20, 0x20]
        }
        let unit = indentation(at: first, in: bytes)
        return unit.isEmpty ? [0x20, 0x20] : unit
    }
}
