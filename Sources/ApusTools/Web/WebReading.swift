/// What came from the web as text for a model: pages as Markdown, text as it is.
enum WebReading: Hashable, Sendable {
    case text(String)
    /// A PDF, which needs a program.
    case pdf
    /// Nothing that can be shown as text: what it is instead.
    case binary(String)

    init(_ answer: WebAnswer) {
        let start = answer.bytes.prefix(1_024)
        if start.starts(with: "%PDF-".utf8) || answer.type == "application/pdf" {
            self = start.starts(with: "%PDF-".utf8) ? .pdf : .binary("application/pdf without a PDF's beginning")
            return
        }
        let isUnsaid = answer.type.isEmpty || answer.type == "application/octet-stream" || answer.type == "binary/octet-stream"
        if ["text/html", "application/xhtml+xml"].contains(answer.type) || (isUnsaid && Self.looksLikeHTML(start)) {
            self = .text(Self.page(answer))
        } else if Self.isText(answer.type) || (isUnsaid && Self.looksLikeText(answer.bytes)) {
            self = .text(TextCharset.text(answer.bytes, saidToBe: answer.charset))
        } else {
            self = .binary(isUnsaid ? "binary data" : String(answer.type.prefix(100)))
        }
    }

    private static func isText(_ type: String) -> Bool {
        if type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml") || type.hasSuffix("+yaml") { return true }
        return [
            "application/json", "application/xml", "application/javascript", "application/ecmascript", "application/x-javascript",
            "application/yaml", "application/x-yaml", "application/toml", "application/x-sh", "application/x-ndjson", "application/ndjson",
            "application/jsonl", "application/sql", "application/graphql", "application/x-www-form-urlencoded", "application/ld+json",
            "message/rfc822", "image/svg+xml",
        ].contains(type)
    }

    private static func looksLikeHTML(_ start: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: start, as: UTF8.self).trimming(\.isWhitespace).lowercased()
        return text.hasPrefix("<!doctype html") || text.hasPrefix("<html")
    }

    /// As a reader of files would judge: text has no NUL and is whole UTF-8, or says by its mark that it is UTF-16.
    private static func looksLikeText(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: [0xFE, 0xFF]) || bytes.starts(with: [0xFF, 0xFE]) { return true }
        return !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }

    private static func page(_ answer: WebAnswer) -> String {
        let text = TextCharset.text(answer.bytes, saidToBe: answer.charset ?? charset(in: answer.bytes.prefix(2_048)))
        var base = answer.address
        if let href = baseLink(in: text), let address = try? base.following(href) {
            // A base that cannot be read is none.
            base = address
        }
        let page = MarkdownPage(html: Array(text.utf8)) { link(from: base, to: $0) }
        let head = page.title.isEmpty ? "" : "Title: \(page.title)\n"
        return "\(head)URL: \(answer.address.text)\n\n\(page.markdown)"
    }

    /// What the page says in its own `<meta>`.
    private static func charset(in start: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: start, as: UTF8.self).lowercased()
        guard let mark = text.firstRange(of: "charset=") else { return nil }
        let value = text[mark.upperBound...].drop { $0 == "\"" || $0 == "'" }.prefix {
            $0.isLetter || $0.isNumber || $0 == "-" || $0 == "_"
        }
        return value.isEmpty ? nil : String(value)
    }

    private static func baseLink(in text: String) -> String? {
        var tokens = HTMLTokenizer(Array(text.utf8.prefix(65_536)))
        while let token = tokens.next() {
            if case .open("base", let attributes) = token { return attributes["href"] }
            if case .open("body", _) = token { return nil }
        }
        return nil
    }

    private static let longestLink = 1_000

    /// Absolute, so that it can be fetched next; `nil` for what leads nowhere: scripts, embedded data, places in the same page.
    private static func link(from base: WebAddress, to href: String) -> String? {
        let trimmed = String(href.trimming(\.isWhitespace))
        guard !trimmed.isEmpty, !trimmed.hasPrefix("#"), trimmed.utf8.count <= longestLink else { return nil }
        if trimmed.lowercased().hasPrefix("mailto:") { return trimmed.contains { "()<>\n ".contains($0) } ? nil : trimmed }
        let fragment = trimmed.firstIndex(of: "#").map { trimmed[$0...] } ?? ""
        // Spaces are common in links, and mean themselves.
        let plain = trimmed.prefix { $0 != "#" }.filter { $0 != "\n" && $0 != "\r" && $0 != "\t" }.replacing(" ", with: "%20")
        guard let address = try? base.following(plain) else { return nil }
        // Brackets would end the link.
        let whole = address.text.replacing("(", with: "%28").replacing(")", with: "%29")
        return fragment.allSatisfy { $0.isASCII && !$0.isWhitespace && !"()<>".contains($0) } ? whole + fragment : whole
    }
}
