import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(5))) struct ReadMediaTests {
    private static let processes = ProcessTable(keeper: .path(Keeper.path))

    private func bench(pdftotext script: String? = nil) -> Bench {
        Bench(processes: Self.processes, programs: script.map { ["pdftotext": $0] } ?? [:])
    }

    @Test(arguments: MediaType.allCases.filter(\.isImage))
    func anImageComesWithItsBytesWhateverItsName(type: MediaType) async {
        let bench = bench()
        let bytes = MediaSamples.image(type, 800, 600)
        bench.write("photo.txt", bytes)
        #expect(
            await bench.run("Read", ["file_path": "photo.txt", "image_quality": "low"])
                == ToolResult(
                    .succeeded, "\(bench("photo.txt")) is \(type.phrase) of 800 × 600 pixels, \(bytes.count) bytes.",
                    files: [FileMark(path: bench("photo.txt"), hash: FileHash.of(bytes))],
                    media: [
                        Media(
                            MediaDetails(type, name: "photo.txt", size: ImageSize(width: 800, height: 600), quality: .low), bytes: bytes)
                    ]))
    }

    @Test func aTextNamedLikeAnImageIsText() async {
        let bench = bench()
        bench.write("photo.png", "only words\n")
        #expect(await bench.text("Read", ["file_path": "photo.png"]) == "only words\n")
        #expect(
            await bench.text("Read", ["file_path": "photo.png", "image_quality": "best"])
                == #"Read wants "image_quality" to be one of "low", "medium", "high"; got "best"."#)
    }

    @Test(arguments: [
        (MediaType.png, 5 << 20, true), (.png, (5 << 20) + 1, false), (.gif, (5 << 20) + 1, false), (.pdf, 3 << 20, true),
        (.pdf, (3 << 20) + 1, false),
    ])
    func sizesAreLimited(type: MediaType, size: Int, isRead: Bool) async {
        let bench = bench(pdftotext: "echo words")
        bench.write("f", MediaSamples.image(type, 3, 4))
        truncate(bench("f"), off_t(size))
        let result = await bench.run("Read", ["file_path": "f"])
        #expect((result.status == .succeeded) == isRead, "\(result.text)")
        let limit = type == .pdf ? "3145728 bytes (3 MiB)" : "5242880 bytes (5 MiB)"
        if !isRead { #expect(result.text.hasPrefix("\(bench("f")) is \(type.phrase) of \(size) bytes, over the limit of \(limit). ")) }
    }

    @Test func brokenImagesAreErrors() async {
        let bench = bench()
        bench.write("cut", Array(MediaSamples.image(.png, 3, 4).dropLast(20)))
        bench.write("bad", MediaSamples.image(.png, 3, 4).prefix(8) + [UInt8](repeating: 7, count: 40))
        #expect(
            await bench.run("Read", ["file_path": "cut"])
                == ToolResult(.failed, "\(bench("cut")) is a PNG image of 40 bytes that is cut off: its end is missing."))
        #expect(
            await bench.text("Read", ["file_path": "bad"])
                == "\(bench("bad")) begins like a PNG image but is damaged: its size in pixels cannot be read.")
    }

    // MARK: PDF

    private func document(_ script: String?, _ bytes: [UInt8] = MediaSamples.pdf(pages: 2)) async -> (result: ToolResult, path: String) {
        let bench = bench(pdftotext: script)
        bench.write("r.pdf", bytes)
        let result = await bench.run("Read", ["file_path": "r.pdf"])
        // Nothing of the document stays behind.
        #expect(bench.names(in: "../tmp/apus-\(getuid())").isEmpty)
        return (result, bench("r.pdf"))
    }

    @Test func aDocumentComesWithItsTextAndPages() async {
        let bytes = MediaSamples.pdf(pages: 2)
        let (result, path) = await document(#"printf 'one\ntwo\f%s\f' "$1 $2 $3 $4 $5""#, bytes)
        #expect(
            result
                == ToolResult(
                    .succeeded, "\(path) is a PDF document of 2 pages, \(bytes.count) bytes.",
                    files: [FileMark(path: path, hash: FileHash.of(bytes))],
                    media: [
                        Media(MediaDetails(.pdf, name: "r.pdf", pages: 2, text: "one\ntwo\u{C}-q -enc UTF-8 -l 101\u{C}"), bytes: bytes)
                    ]))
    }

    @Test func theProgramGetsTheBytesThatWereChecked() async {
        let (result, _) = await document(#"while read -r line; do echo "$line"; done < "$6""#)
        #expect(result.media.first?.details.text?.hasPrefix("%PDF-1.4\n") == true)
    }

    @Test(
        arguments: [
            (
                nil,
                "[Its text could not be extracted, because there is no pdftotext here. Install it: apt-get install poppler-utils on Debian, brew install poppler on macOS.]"
            ),
            ("printf '\\n\\f \\f'", "[The document has no text: its pages are probably pictures.]"),
            ("kill -9 $$", "[Its text could not be extracted: pdftotext crashed.]"),
        ] as [(String?, String)])
    func aDocumentWithoutTextIsShownAllTheSame(script: String?, text: String) async {
        let (result, _) = await document(script)
        #expect(result.status == .succeeded)
        #expect(result.media.map(\.details.text) == [text])
    }

    @Test func theTextIsBounded() async {
        let (result, _) = await document("i=0; while [ $i -lt 3000 ]; do echo 'a line of thirty characters...'; i=$((i+1)); done")
        let text = result.media.first?.details.text ?? ""
        #expect(text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
        #expect(text.contains("characters omitted …]"))
    }

    @Test(arguments: [
        ("echo words", MediaSamples.pdf(pages: 101), " is a PDF document of 101 pages, over the limit of 100. "),
        (
            "i=0; while [ $i -lt 101 ]; do printf 'x\\f'; i=$((i+1)); done", MediaSamples.pdf(pages: 1),
            " is a PDF document of more than 100 pages, over the limit of 100. "
        ),
        ("echo words", MediaSamples.pdf(pages: 1, trailer: "/Encrypt 7 0 R "), " is an encrypted PDF document, which cannot be shown. "),
        ("exit 1", MediaSamples.pdf(pages: 1), " begins like a PDF document but is damaged: pdftotext cannot read it."),
        ("echo words", Array("%PDF-1.4 x".utf8), " is a PDF document of 10 bytes that is cut off or damaged."),
    ])
    func whatNoModelCouldReadIsAnError(script: String, bytes: [UInt8], sentence: String) async {
        let (result, path) = await document(script, bytes)
        #expect(result.status == .failed && result.media.isEmpty)
        #expect(result.text.hasPrefix(path + sentence), "\(result.text)")
    }

    @Test func aWordLikeEncryptIsNotEncryption() {
        #expect(!PDFHeader(MediaSamples.pdf(pages: 1, trailer: "/EncryptMetadata true ")).isEncrypted)
        #expect(PDFHeader(MediaSamples.pdf(pages: 1, trailer: "/Encrypt<</V 1>> ")).isEncrypted)
        #expect(PDFHeader(MediaSamples.pdf(pages: 7)) == PDFHeader(MediaSamples.pdf(pages: 7, trailer: "/Info 8 0 R ")))
        #expect(PDFHeader(MediaSamples.pdf(pages: 7)).pages == 7)
    }

    @Test func aDocumentMadeToBeSlowIsNot() {
        let bytes = MediaSamples.pdf(pages: 3) + Array(String(repeating: "/Count 9 /Encrypt ", count: 160_000).utf8)
        #expect(PDFHeader(bytes) == PDFHeader(MediaSamples.pdf(pages: 3)))
    }

    @Test func aProgramThatDoesNotEndIsEnded() async {
        let bench = bench(pdftotext: "/bin/sleep 100")
        let extractor = PDFText(
            processes: Self.processes, environment: ["PATH": bench.path + "/bin"], temporaryDirectory: bench.path + "/tmp",
            deadline: .seconds(1))
        #expect(
            await extractor.extract(MediaSamples.pdf(pages: 1), hidden: []) == .none("Its text could not be extracted within 1 seconds."))
    }

    @Test func withoutCommandsADocumentHasNoText() async {
        let bench = Bench()
        bench.write("r.pdf", MediaSamples.pdf(pages: 1))
        #expect(
            await bench.run("Read", ["file_path": "r.pdf"]).media.map(\.details.text)
                == ["[Its text is not extracted where no commands are run.]"])
    }
}
