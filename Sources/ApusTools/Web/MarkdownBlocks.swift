/// Puts blocks of Markdown one below the other, with the marks of the quotes and lists they stand in.
struct MarkdownBlocks {
    enum Container: Hashable {
        case quote
        case unordered
        /// The number of the next item.
        case ordered(Int)
    }

    private struct Level {
        var container: Container
        /// The mark of an item that has not been written yet.
        var pending: String?
        /// How wide the mark of the current item was.
        var indent = 0
        /// Nothing stands in it yet.
        var isFresh = true
    }

    /// Deeper ones are taken for the one around them, so that a line never has more marks than this.
    private static let maximumDepth = 12

    /// Marks may be many times as long as the text they stand before; nothing is added beyond this.
    private static let maximumBytes = 16 << 20

    private var out: [UInt8] = []
    private var levels: [Level] = []
    /// Levels that were not entered because of the bound.
    private var surplus = 0
    private var lastWasItem = false

    var text: String { String(decoding: out, as: UTF8.self) }

    mutating func begin(_ container: Container) {
        guard levels.count < Self.maximumDepth else {
            surplus += 1
            return
        }
        levels.append(Level(container: container))
    }

    /// Leaves the innermost container of this kind, and those inside it; an end without a beginning is nothing.
    mutating func end(_ container: Container) {
        if surplus > 0 {
            surplus -= 1
            return
        }
        guard let index = levels.lastIndex(where: { Self.isAlike($0.container, container) }) else { return }
        levels.removeSubrange(index...)
        if !levels.contains(where: { $0.container != .quote }) { lastWasItem = false }
    }

    /// Outside a list an item makes a mark of its own.
    mutating func beginItem() {
        guard let index = levels.indices.last, levels[index].container != .quote else {
            if levels.count < Self.maximumDepth {
                begin(.unordered)
                beginItem()
            }
            return
        }
        switch levels[index].container {
        case .quote: break
        case .unordered: levels[index].pending = "- "
        case .ordered(let number):
            levels[index].pending = "\(number). "
            levels[index].container = .ordered(number &+ 1)
        }
    }

    mutating func add(_ block: String) {
        if out.count > Self.maximumBytes { return }
        let isItem = levels.last?.pending != nil
        if !out.isEmpty {
            out.append(0x0A)
            // Items of one list stand close.
            if !(isItem && lastWasItem) {
                out += Self.trimmed(prefix(isBlank: true))
                out.append(0x0A)
            }
        }
        lastWasItem = levels.contains { $0.container != .quote }
        for (index, line) in block.utf8.split(separator: 0x0A, omittingEmptySubsequences: false).enumerated() {
            if index > 0 { out.append(0x0A) }
            if out.count > Self.maximumBytes { return }
            let mark = prefix(isBlank: false)
            out += line.isEmpty ? Self.trimmed(mark) : mark[...]
            out += line
            for level in levels.indices {
                if let pending = levels[level].pending { levels[level].indent = pending.utf8.count }
                levels[level].pending = nil
                levels[level].isFresh = false
            }
        }
    }

    private func prefix(isBlank: Bool) -> [UInt8] {
        var bytes: [UInt8] = []
        for level in levels {
            // The blank line before a quote is not part of it.
            if isBlank && level.isFresh { break }
            switch level.container {
            case .quote: bytes += "> ".utf8
            case .unordered, .ordered:
                if let pending = level.pending, !isBlank {
                    bytes += pending.utf8
                } else {
                    bytes += [UInt8](repeating: 0x20, count: isBlank && level.pending != nil ? 0 : level.indent)
                }
            }
        }
        return bytes
    }

    private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
        var slice = bytes[...]
        while slice.last == 0x20 { slice.removeLast() }
        return slice
    }

    private static func isAlike(_ one: Container, _ other: Container) -> Bool {
        switch (one, other) {
        case (.quote, .quote), (.unordered, .unordered), (.ordered, .ordered): true
        case (.quote, _), (.unordered, _), (.ordered, _): false
        }
    }
}
