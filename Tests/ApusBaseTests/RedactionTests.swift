import ApusBase
import Testing

@Suite struct RedactionTests {
    private let redaction = Redaction(secrets: ["sk-canary-123456", "sk-canary-123456789", "short", "pässwörd-lang"])

    @Test(arguments: [
        ("nothing here", "nothing here"), ("key=sk-canary-123456;", "key=***;"), ("sk-canary-123456789", "***"),
        ("sk-canary-123456sk-canary-123456", "******"), ("sk-canary-12345", "sk-canary-12345"), ("a short word", "a short word"),
        ("pässwörd-lang", "***"), ("sk-canary-123456\u{301}", "***\u{301}"), ("\r\nsk-canary-123456\r\n", "\r\n***\r\n"),
    ])
    func knownValuesAreReplacedWhole(text: String, shown: String) {
        #expect(redaction.apply(to: text) == shown)
    }

    /// The token of a port that is opened while the process runs.
    @Test func whatBecomesKnownLaterIsReplacedFromThenOn() {
        let values = SecretValues(["sk-canary-123456"])
        let redaction = Redaction(values)
        let stream = RedactionStream(redaction)
        #expect(redaction.apply(to: "token-of-a-port") == "token-of-a-port")
        #expect(stream.push("a token-of") == "a token-of")
        values.add(["token-of-a-port", "token-of-a-port-2", "short"])
        values.add(["token-of-a-port"])
        #expect(redaction.apply(to: "token-of-a-port, token-of-a-port-2, sk-canary-123456, short") == "***, ***, ***, short")
        #expect(stream.push(" token-of") + stream.push("-a-port!") == " ***!")
        #expect(Redaction.none.apply(to: "token-of-a-port") == "token-of-a-port")
    }

    /// Wherever the stream is cut, no piece carries a secret and nothing else is lost.
    @Test(arguments: ["before sk-canary-123456 after", "sk-canary-123456789", "x pässwörd-lang y sk-canary-12345", "sk-sk-canary-123456"])
    func everyCutGivesWhatTheWholeGives(text: String) {
        let scalars = Array(text.unicodeScalars)
        for first in 0...scalars.count {
            for second in first...scalars.count {
                let stream = RedactionStream(redaction)
                let pieces = [scalars[..<first], scalars[first..<second], scalars[second...]].map { piece in
                    var text = String.UnicodeScalarView()
                    text.append(contentsOf: piece)
                    return String(text)
                }
                let shown = pieces.map { stream.push($0) }.joined() + stream.finish()
                #expect(!shown.contains("sk-canary-123456"))
                #expect(!shown.contains("pässwörd"))
                if text != "sk-canary-123456789" { #expect(shown == redaction.apply(to: text)) }
            }
        }
    }

    @Test func aStreamWithoutSecretsHoldsNothingBack() {
        let stream = RedactionStream(.none)
        #expect(stream.push("every byte") == "every byte")
        #expect(stream.finish() == "")
    }

    /// Bytes that are no text pass as they are; wherever they are cut, a secret goes whole.
    @Test func bytesAreRedactedAcrossPieces() {
        let bytes = [0xFF, 0x00] + Array("sk-canary-123456".utf8) + [0xC3] + Array("sk-canary-12345".utf8)
        for cut in 0...bytes.count {
            var stream = ByteRedaction(redaction)
            let shown = stream.push(Array(bytes[..<cut])) + stream.push(Array(bytes[cut...])) + stream.finish()
            #expect(shown == [0xFF, 0x00] + Array("***".utf8) + [0xC3] + Array("sk-canary-12345".utf8), "cut at \(cut)")
        }
    }
}
