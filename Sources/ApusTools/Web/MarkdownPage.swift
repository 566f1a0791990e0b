/// A page of HTML as Markdown: what a reader sees, without scripts, styles and decoration. For input that nobody vouches for: linear in
/// its length, never nested deeper than a fixed bound, never failing.
///
/// What a page hides (`hidden`, templates, comments) is left out, so that its reader and the model see the same text.
struct MarkdownPage {
    /// Of `<title>`, on one line; empty when there is none.
    private(set) var title = ""
    private(set) var markdown = ""

    /// Turns a link of the page into what is shown; `nil` leaves only its text.
    typealias Resolver = (String) -> String?

    init(html: [UInt8], resolve: @escaping Resolver = { $0 }) {
        var builder = Builder(resolve: resolve)
        var tokens = HTMLTokenizer(html)
        while let token = tokens.next() { builder.take(token) }
        (title, markdown) = builder.finish()
    }
}

extension MarkdownPage {
    struct Builder {
        private enum Span: Equatable {
            case strong, emphasis, strike, code
            case link(String)
        }

        private struct Frame {
            var span: Span
            var text: [UInt8] = []
        }

        /// What has to be left out until the end tag of the same name.
        private struct Skip {
            var name: String
            var depth = 1
        }

        private static let maximumFrames = 24

        private let resolve: Resolver
        private var blocks = MarkdownBlocks()
        private var text: [UInt8] = []
        private var frames: [Frame] = []
        private var skipped: Skip?
        private var isTitle = false
        private var titleBytes: [UInt8] = []
        private var preformatted: (text: [UInt8], language: String)?
        private var heading = 0
        private var tables: [MarkdownTable] = []

        init(resolve: @escaping Resolver) { self.resolve = resolve }

        mutating func take(_ token: HTMLTokenizer.Token) {
            switch token {
            case .text(let bytes): take(bytes)
            case .open(let name, let attributes): open(name, attributes)
            case .close(let name): close(name)
            }
        }

        mutating func finish() -> (title: String, markdown: String) {
            endPreformatted()
            while !tables.isEmpty { endTable() }
            flush()
            let title = Self.collapsed(titleBytes)
            return (String(decoding: title.prefix(500), as: UTF8.self), blocks.text)
        }

        // MARK: text

        private mutating func take(_ bytes: [UInt8]) {
            if isTitle {
                titleBytes += bytes
            } else if skipped != nil {
                return
            } else if preformatted != nil {
                preformatted?.text += bytes
            } else {
                append(collapsing: bytes)
            }
        }

        private mutating func append(collapsing bytes: [UInt8]) {
            var last = frames.last?.text.last ?? text.last
            var piece: [UInt8] = []
            piece.reserveCapacity(bytes.count)
            for byte in bytes {
                if HTMLTokenizer.isSpace(byte) {
                    // A block never begins with one, and `flush` trims the rest.
                    if last != 0x20 && last != 0x0A { piece.append(0x20) }
                    last = 0x20
                } else {
                    piece.append(byte)
                    last = byte
                }
            }
            append(piece)
        }

        private mutating func append(_ bytes: [UInt8]) {
            if frames.isEmpty { text += bytes } else { frames[frames.count - 1].text += bytes }
        }

        fileprivate static func collapsed(_ bytes: [UInt8]) -> [UInt8] {
            bytes.split(whereSeparator: HTMLTokenizer.isSpace).reduce(into: []) { whole, word in
                if !whole.isEmpty { whole.append(0x20) }
                whole += word
            }
        }

        // MARK: tags

        private static let leftOut: Set<String> = [
            "script", "style", "template", "svg", "math", "noscript", "iframe", "noembed", "noframes", "object", "canvas", "audio", "video",
            "select", "datalist", "textarea", "xmp", "dialog",
        ]
        private static let hideable: Set<String> = ["div", "span", "section", "aside", "nav", "article", "ul", "ol", "table"]
        private static let paragraphs: Set<String> = [
            "p", "div", "section", "article", "main", "header", "footer", "aside", "nav", "address", "figure", "figcaption", "form",
            "fieldset", "legend", "details", "summary", "center", "dl", "dt", "hgroup", "body", "caption", "menu", "search",
        ]
        private static let spans: [String: Span] = [
            "b": .strong, "strong": .strong, "i": .emphasis, "em": .emphasis, "cite": .emphasis, "dfn": .emphasis, "var": .emphasis,
            "del": .strike, "s": .strike, "strike": .strike, "code": .code, "tt": .code, "kbd": .code, "samp": .code,
        ]

        private mutating func open(_ name: String, _ attributes: [String: String]) {
            if var skip = skipped {
                if name == skip.name { skip.depth += 1 }
                skipped = skip
                return
            }
            if name == "title", titleBytes.isEmpty {
                isTitle = true
                return
            }
            if Self.leftOut.contains(name) || (attributes["hidden"] != nil && Self.hideable.contains(name)) {
                skipped = Skip(name: name)
                return
            }
            if preformatted != nil {
                if name == "br" { preformatted?.text.append(0x0A) }
                if name == "code", preformatted?.language.isEmpty == true { preformatted?.language = Self.language(attributes["class"]) }
                return
            }
            if let span = Self.spans[name] { return begin(span) }
            openBlock(name, attributes)
        }

        private mutating func openBlock(_ name: String, _ attributes: [String: String]) {
            switch name {
            case "a": openLink(attributes["href"])
            case "br": append([0x20, 0x20, 0x0A])
            case "img": image(attributes)
            case "hr":
                flush()
                if tables.isEmpty { blocks.add("---") }
            case "h1", "h2", "h3", "h4", "h5", "h6":
                flush()
                heading = Int(name.dropFirst()) ?? 1
            case "pre", "listing":
                flush()
                preformatted = ([], Self.language(attributes["class"]))
            case "blockquote":
                flush()
                if tables.isEmpty { blocks.begin(.quote) }
            case "ul", "ol":
                flush()
                if tables.isEmpty { blocks.begin(name == "ol" ? .ordered(Int(attributes["start"] ?? "") ?? 1) : .unordered) }
            case "li":
                flush()
                if tables.isEmpty { blocks.beginItem() } else { append(Array("- ".utf8)) }
            case "dd":
                flush()
                append(Array(": ".utf8))
            case "table", "tr", "td", "th": openTablePart(name)
            default:
                if Self.paragraphs.contains(name) { flush() }
            }
        }

        private mutating func close(_ name: String) {
            if name == "title", isTitle {
                isTitle = false
                return
            }
            if var skip = skipped {
                if name == skip.name { skip.depth -= 1 }
                skipped = skip.depth == 0 ? nil : skip
                return
            }
            if preformatted != nil {
                if name == "pre" || name == "listing" { endPreformatted() }
                return
            }
            if let span = Self.spans[name] { return end { $0 == span } }
            switch name {
            case "a": end { if case .link = $0 { true } else { false } }
            case "h1", "h2", "h3", "h4", "h5", "h6": flush()
            case "blockquote":
                flush()
                if tables.isEmpty { blocks.end(.quote) }
            case "ul", "ol":
                flush()
                if tables.isEmpty { blocks.end(name == "ol" ? .ordered(0) : .unordered) }
            case "li", "dd": flush()
            case "td", "th", "tr": flush()
            case "table":
                flush()
                endTable()
            default:
                if Self.paragraphs.contains(name) { flush() }
            }
        }

        private static func language(_ classes: String?) -> String {
            for word in (classes ?? "").split(separator: " ") {
                for prefix in ["language-", "lang-", "highlight-source-"] where word.hasPrefix(prefix) {
                    let name = word.dropFirst(prefix.count)
                    if name.utf8.count <= 20, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != 0x60 }) { return String(name) }
                }
            }
            return ""
        }

        // MARK: spans

        private mutating func begin(_ span: Span) {
            // Inside code nothing else is marked.
            guard frames.count < Self.maximumFrames, !frames.contains(where: { $0.span == .code || $0.span == span }) else { return }
            frames.append(Frame(span: span))
        }

        private mutating func openLink(_ href: String?) {
            end { if case .link = $0 { true } else { false } }
            guard let href, let target = resolve(href) else { return }
            begin(.link(target))
        }

        private mutating func image(_ attributes: [String: String]) {
            let alt = Self.collapsed(Array((attributes["alt"] ?? "").utf8))
            guard !alt.isEmpty else { return }
            guard let source = attributes["src"], let target = resolve(source) else { return append(alt) }
            append(Array("![".utf8) + alt + Array("](\(target))".utf8))
        }

        /// Closes the innermost span that fits, and with it those inside it.
        private mutating func end(_ fits: (Span) -> Bool) {
            guard let index = frames.lastIndex(where: { fits($0.span) }) else { return }
            while frames.count > index { closeFrame() }
        }

        private mutating func closeFrame() {
            guard let frame = frames.popLast() else { return }
            append(Self.rendered(frame))
        }

        private static func rendered(_ frame: Frame) -> [UInt8] {
            let body = trimmed(frame.text)
            guard !body.isEmpty else { return frame.text.isEmpty ? [] : [0x20] }
            let leading: [UInt8] = frame.text.first.map(HTMLTokenizer.isSpace) == true ? [0x20] : []
            let trailing: [UInt8] = frame.text.last.map(HTMLTokenizer.isSpace) == true ? [0x20] : []
            switch frame.span {
            case .strong: return leading + Array("**".utf8) + body + Array("**".utf8) + trailing
            case .emphasis: return leading + Array("*".utf8) + body + Array("*".utf8) + trailing
            case .strike: return leading + Array("~~".utf8) + body + Array("~~".utf8) + trailing
            case .code:
                let fence = [UInt8](repeating: UInt8(ascii: "`"), count: longestRun(of: UInt8(ascii: "`"), in: body) + 1)
                let gap: [UInt8] = fence.count > 1 ? [0x20] : []
                return leading + fence + gap + body + gap + fence + trailing
            case .link(let target): return leading + Array("[".utf8) + body + Array("](\(target))".utf8) + trailing
            }
        }

        private static func trimmed(_ bytes: [UInt8]) -> ArraySlice<UInt8> {
            var slice = bytes[...]
            while let first = slice.first, HTMLTokenizer.isSpace(first) { slice.removeFirst() }
            while let last = slice.last, HTMLTokenizer.isSpace(last) { slice.removeLast() }
            return slice
        }

        fileprivate static func longestRun(of byte: UInt8, in bytes: some Sequence<UInt8>) -> Int {
            var longest = 0
            var run = 0
            for other in bytes {
                run = other == byte ? run + 1 : 0
                longest = max(longest, run)
            }
            return longest
        }

        // MARK: blocks

        /// Ends the paragraph. Spans that are open go on in the next one.
        private mutating func flush() {
            let open = frames.map(\.span)
            while !frames.isEmpty { closeFrame() }
            frames = open.map { Frame(span: $0) }
            let body = Array(Self.trimmed(text))
            text = []
            let level = heading
            heading = 0
            guard !body.isEmpty else { return }
            if !tables.isEmpty {
                tables[tables.count - 1].append(Self.collapsed(body))
                return
            }
            let line = String(decoding: body, as: UTF8.self)
            blocks.add(level > 0 ? String(repeating: "#", count: level) + " " + line.replacing("\n", with: " ") : line)
        }

        private mutating func endPreformatted() {
            guard let (content, language) = preformatted else { return }
            var bytes = content
            preformatted = nil
            if bytes.first == 0x0A { bytes.removeFirst() }
            while let last = bytes.last, HTMLTokenizer.isSpace(last) { bytes.removeLast() }
            if bytes.isEmpty { return }
            if !tables.isEmpty {
                tables[tables.count - 1].append(Self.collapsed(bytes))
                return
            }
            let fence = String(repeating: "`", count: max(3, Self.longestRun(of: UInt8(ascii: "`"), in: bytes) + 1))
            blocks.add("\(fence)\(language)\n\(String(decoding: bytes, as: UTF8.self))\n\(fence)")
        }

        // MARK: tables

        private mutating func openTablePart(_ name: String) {
            flush()
            switch name {
            case "table":
                // A table inside a cell is read as text of the cell.
                tables.append(MarkdownTable(isInner: !tables.isEmpty))
                if tables.count > MarkdownTable.maximumDepth { endTable() }
            case "tr": if !tables.isEmpty { tables[tables.count - 1].beginRow() }
            default: if !tables.isEmpty { tables[tables.count - 1].beginCell() }
            }
        }

        private mutating func endTable() {
            guard let table = tables.popLast() else { return }
            if tables.isEmpty {
                for block in table.blocks { blocks.add(block) }
            } else {
                tables[tables.count - 1].append(table.flat)
            }
        }
    }
}
