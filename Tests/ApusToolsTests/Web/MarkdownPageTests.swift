import Foundation
import Testing

@testable import ApusTools

@Suite struct MarkdownPageTests {
    private func markdown(_ html: String) -> String { MarkdownPage(html: Array(html.utf8)).markdown }

    /// Whole pages; `APUS_RECORD=1` writes the Markdown anew.
    @Test(arguments: ["article", "tables", "broken"])
    func wholePagesComeOutAsBefore(name: String) throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent(
            "Golden")
        let html = try Data(contentsOf: folder.appendingPathComponent("\(name).html"))
        let address = try WebAddress("https://example.com/docs/page.html")
        let reading = WebReading(WebAnswer(address: address, status: 200, type: "text/html", charset: nil, bytes: Array(html)))
        guard case .text(let actual) = reading else {
            Issue.record("\(reading)")
            return
        }
        let file = folder.appendingPathComponent("\(name).md")
        if ProcessInfo.processInfo.environment["APUS_RECORD"] == "1" { try Data((actual + "\n").utf8).write(to: file) }
        #expect(try String(contentsOf: file, encoding: .utf8) == actual + "\n")
    }

    @Test(
        arguments: [
            ("<p>a &amp; b &lt;c&gt; &#65;&#x42; &euro; &nbsp;&copy 2", "a & b <c> AB € © 2"),
            ("a&nosuch;b &#0; &#xD800; &#99999999999; &", "a&nosuch;b \u{FFFD} \u{FFFD} \u{FFFD} &"), ("&#147;x&#148;", "“x”"),
            ("<b>bold </b>text<i></i> <em> x </em>", "**bold** text *x*"), ("<b><b>x</b></b>", "**x**"), ("a<br>b", "a  \nb"),
            ("<code>a`b</code> <code></code><kbd>k</kbd>", "`` a`b `` `k`"), ("<code><b>x</b></code>", "`x`"),
            ("<a href='/x'>t</a> <a>u</a> <a href=''>v</a>", "[t](/x) u [v]()"), ("<img src=s alt='a  b'><img src=s>", "![a b](s)"),
            ("<h2>A<br>b</h2>text", "## A   b\n\ntext"), ("<p>a<p>b<div>c</div>d", "a\n\nb\n\nc\n\nd"),
            ("<script>if (a<b) '</p>'</script>x<style>y</style><noscript>z</noscript>", "x"), ("<!-- a --> b <!--> c <!--->d", "b c d"),
            ("<div hidden>a<div>b</div></div>c", "c"), ("<svg><title>t</title><text>x</text></svg>y", "y"),
            ("x < y <3 </ z> </>", "x < y <3"),
            ("<pre>\na\n  b &lt;\n</pre>", "```\na\n  b <\n```"), ("<pre>```</pre>", "````\n```\n````"),
            ("<ul><li>a<li>b<ol><li>c</ol></ul>d", "- a\n- b\n  1. c\n\nd"), ("<li>a", "- a"),
            ("<blockquote>a<p>b</blockquote>c", "> a\n>\n> b\n\nc"),
            ("<table><tr><td>a</td></tr></table>", "a"), ("<hr>a", "---\n\na"), ("", ""), ("<", "<"), ("<p", ""), ("\u{0}", "\u{0}"),
        ] as [(String, String)])
    func smallThings(html: String, markdown: String) {
        #expect(self.markdown(html) == markdown)
    }

    @Test func theTitleIsOneLine() {
        #expect(MarkdownPage(html: Array("<head><title>\n A &amp;\n B </title></head><body><title>no</title>x".utf8)).title == "A & B")
    }

    /// Nesting, repetition and missing ends cost time in proportion to the bytes, and nothing is stacked without bound.
    @Test(arguments: [
        "<b>x", "<ul><li>", "<table><tr><td>", "<blockquote>x", "<", "&", "<!--", "<a ", "<a href=", "<script></", "<td>", "<pre>",
        "<a href=x><h1>",
        "</p>", "<svg>", "<div hidden>", "<ol start=9999999999999999999><li>x", "&#x", "<title>", "<![CDATA[", "<?x", "\u{0}",
    ])
    func hostileRepetitionIsBounded(piece: String) {
        let html = Array(String(repeating: piece, count: 60_000 / piece.utf8.count).utf8)
        #expect(MarkdownPage(html: html).markdown.utf8.count <= 17 << 20)
    }

    /// Random order of tags, cut anywhere, never traps.
    @Test func anyMixtureOfTagsIsRead() {
        let pieces = [
            "<a href=x>", "</a>", "<b>", "</b>", "<li>", "<ul>", "</ul>", "<ol>", "</ol>", "<table>", "<tr>", "<td>", "</table>", "<pre>",
            "</pre>",
            "<!--", "-->", "<script>", "</script>", "<", "&amp", "&#x", "<p hidden>", "<div hidden>", "</div>", "<blockquote>",
            "</blockquote>",
            "<h1>", "</h1>", "text ", "|", "`", "<title>", "<svg>", "</svg>", "<img alt=x src=y>", "<code>", "</code>", "<br>", "\n",
            "<dd>", "<hr>",
        ]
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let html = (0..<300).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            #expect(markdown(html).utf8.count < 200_000, "\(html)")
        }
    }
}
