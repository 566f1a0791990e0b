#if os(Linux)
    import ApusBase
    import Foundation
    import Testing

    #if canImport(Glibc)
        import Glibc
    #elseif canImport(Musl)
        import Musl
    #endif

    /// Whatever there is to read: a clear answer, in little memory. One at a time, because each of these fills the disk's cache.
    @Suite(.serialized) struct HeavyReadingTests {
        private static let gibibyte = 1 << 30
        private static let limit = 24 << 20

        private func check(_ readings: [Reading]) {
            let figures = readings.map { "\($0.peak >> 20)" }.joined(separator: ", ")
            for reading in readings { #expect(reading.peak < Self.limit, "MiB: \(figures)") }
            if ProcessInfo.processInfo.environment["APUS_SHOW_FIGURES"] != nil { print("MiB at most: \(figures)") }
        }

        @Test func aGigabyteOfLinesIsReadInParts() async throws {
            let calls = [
                ReadingCall("Read", ["file_path": "small.txt"]), ReadingCall("Read", ["file_path": "lines.txt"]),
                ReadingCall("Read", ["file_path": "lines.txt", "offset": 1_000_000, "limit": 2]),
            ]
            let line = "0123456789" + String(repeating: "x", count: 117) + "\n"
            try await withReadings(calls) { home in
                try home.write("one\n", to: "small.txt")
                let block = Array(String(repeating: line, count: 65_536).utf8)
                try home.fill("lines.txt", with: block, size: Self.gibibyte)
            } _: { readings in
                check(readings)
                #expect(readings[0].text == "one\n")
                let first = readings[1].text
                #expect(first.hasPrefix("0123456789xxx"))
                #expect(first.hasSuffix("The file is over 64 MiB: it can be read in parts but not edited with Edit.]"))
                #expect(first.contains("of a file of \(Self.gibibyte) bytes are shown. Read on with offset "))
                #expect(readings[2].text.contains("[Lines 1000001-1000002 of a file of \(Self.gibibyte) bytes are shown."))
            }
        }

        @Test func aGigabyteWithoutALineEndIsShownByItsTwoEnds() async throws {
            try await withReadings([ReadingCall("Read", ["file_path": "line.txt"])]) { home in
                let block = Array(String(repeating: "0123456789abcdef", count: 524_288).utf8)
                try home.fill("line.txt", with: block, size: Self.gibibyte)
            } _: { readings in
                check(readings)
                let text = readings[0].text
                #expect(text.hasPrefix("0123456789abcdef"))
                #expect(text.contains(" omitted …]"))
                #expect(text.contains("Line 1 is larger than a result; its middle is left out."))
                #expect(text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
            }
        }

        @Test func aTreeOfTwoHundredThousandFilesIsListedAndSearched() async throws {
            let calls = [
                ReadingCall("LS", ["directory_path": "flat"]), ReadingCall("Glob", ["patterns": ["**/*.txt"]]),
                ReadingCall("Grep", ["pattern": "haystack", "glob_pattern": "*.md"]), ReadingCall("Grep", ["pattern": "haystack"]),
            ]
            try await withReadings(calls) { home in
                try FileManager.default.createDirectory(atPath: "\(home.work)/flat", withIntermediateDirectories: true)
                for part in 0..<4 {
                    try name("\(home.work)/flat/f", (1_000_000 + part * 25_000)..<(1_025_000 + part * 25_000))
                }
                for folder in 0..<100 {
                    let path = "\(home.work)/deep/d\(folder)/inner"
                    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                    try name("\(path)/f", 0..<1_000)
                }
                try home.write("a needle in a haystack\n", to: "deep/d77/inner/needle.md")
            } _: { readings in
                check(readings)
                #expect(readings[0].text.hasPrefix("f1000000.txt\nf1000001.txt\n"))
                #expect(readings[0].text.hasSuffix("[1000 of 100000 entries are shown. Leave some out with ignorePatterns, or use Glob.]"))
                #expect(readings[1].text.hasSuffix("[The newest 1000 of 200000 files are shown. Use a narrower pattern or folder.]"))
                for reading in readings[2...] {
                    #expect(reading.text.hasSuffix("/deep/d77/inner/needle.md") && !reading.text.contains("\n"))
                }
            }
        }

        /// Empty files. Names of one file are as good as files of their own for whoever walks, and made many times faster.
        private func name(_ stem: String, _ numbers: Range<Int>) throws {
            let first = "\(stem)\(numbers.lowerBound).txt"
            let file = open(first, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
            guard file >= 0 else { throw ChildError(description: "cannot make \(first): \(errno)") }
            close(file)
            for number in numbers.dropFirst() {
                guard link(first, "\(stem)\(number).txt") == 0 else { throw ChildError(description: "cannot link \(first): \(errno)") }
            }
        }

        @Test func aLargeImageIsShownAndATooLargeOneIsNot() async throws {
            let calls = ["small.png", "large.png", "huge.png"].map { ReadingCall("Read", ["file_path": .string($0)]) }
            try await withReadings(calls) { home in
                for (name, size) in [("small.png", 100), ("large.png", 3_900_000), ("huge.png", Self.gibibyte)] {
                    // A header of 2 × 2 pixels, one chunk of zeros, and the end.
                    let end = [0, 0, 0, 0] + Array("IEND".utf8) + [0, 0, 0, 0] as [UInt8]
                    let length = (0..<4).reversed().map { UInt8(truncatingIfNeeded: (size - 33 - 12 - end.count) >> ($0 * 8)) }
                    let header: [UInt8] = [0, 0, 0, 13] + Array("IHDR".utf8) + [0, 0, 0, 2, 0, 0, 0, 2, 8, 2, 0, 0, 0, 0, 0, 0, 0]
                    let start = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + header + length + Array("IDAT".utf8)
                    try home.fill(name, with: start, size: start.count)
                    truncate("\(home.work)/\(name)", off_t(size - end.count))
                    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(home.work)/\(name)"))
                    try file.seekToEnd()
                    try file.write(contentsOf: Data(end))
                    try file.close()
                }
            } _: { readings in
                check(readings)
                #expect(readings[0].text.hasSuffix("small.png is a PNG image of 2 × 2 pixels, 100 bytes."))
                #expect(readings[1].text.hasSuffix("large.png is a PNG image of 2 × 2 pixels, 3900000 bytes."))
                #expect(readings[2].isError)
                #expect(
                    readings[2].text.contains("huge.png is a PNG image of \(Self.gibibyte) bytes, over the limit of 5242880 bytes (5 MiB).")
                )
            }
        }

        /// Each with the end of the sentence that the model reads; `nil` for what is to be read like any file.
        private static let oddities: [(path: String, sentence: String?)] = [
            ("pipe", "pipe is a named pipe, not a regular file."), ("/dev/zero", "/dev/zero is a device, not a regular file."),
            ("socket", "socket is a socket, not a regular file."),
            ("binary", "binary is not text: binary data, 6 bytes. Use a command that understands it."),
            ("dangling", "nowhere does not exist."), ("circle", "they probably point at each other."),
            (".", "is a directory. Use LS to list it."),
            ("way-out", nil), ("/proc/version", nil),
        ]

        @Test func whatIsNoPlainTextGetsASentenceAndIsNeverWaitedFor() async throws {
            let calls = Self.oddities.map { ReadingCall("Read", ["file_path": .string($0.path)]) }
            try await withReadings(calls) { home in
                guard mkfifo("\(home.work)/pipe", 0o600) == 0 else { throw ChildError(description: "no FIFO: \(errno)") }
                try listen(at: "\(home.work)/socket")
                try home.write("\u{1}\u{2}\u{0}\u{3}ab", to: "binary")
                try "outside\n".write(toFile: "\(home.root)/outside.txt", atomically: false, encoding: .utf8)
                for (name, target) in [("dangling", "nowhere"), ("circle", "circle"), ("way-out", "../outside.txt")] {
                    try FileManager.default.createSymbolicLink(atPath: "\(home.work)/\(name)", withDestinationPath: target)
                }
            } _: { readings in
                check(readings)
                for (reading, (path, sentence)) in zip(readings, Self.oddities) {
                    #expect(reading.isError == (sentence != nil), "\(path): \(reading.text.prefix(400))")
                    if let sentence { #expect(reading.text.hasSuffix(sentence), "\(path): \(reading.text.prefix(400))") }
                }
                #expect(readings[7].text == "outside\n")
            }
        }

        /// Bound and left behind: a socket file needs nobody who listens.
        private func listen(at path: String) throws {
            let number = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
            defer { close(number) }
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8.prefix(100)) }
            let failure = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
            }
            guard failure == 0 else { throw ChildError(description: "no socket at \(path): \(errno)") }
        }

        /// Root reads everything, unless it gives that power away first.
        private static let powerless = geteuid() == 0 ? ["/usr/bin/setpriv", "--bounding-set=-dac_override,-dac_read_search"] : []

        private static var canBePowerless: Bool {
            guard let program = powerless.first else { return true }
            let process = Process()
            process.executableURL = URL(fileURLWithPath: program)
            process.arguments = powerless.dropFirst() + ["/bin/true"]
            // Not there, or not allowed here: then the test cannot say anything.
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }

        @Test(.enabled(if: canBePowerless, "needs another user than root, or setpriv"))
        func whatMayNotBeReadIsNamed() async throws {
            let calls = [
                ReadingCall("LS", ["directory_path": "closed"]), ReadingCall("Read", ["file_path": "closed/in.txt"]),
                ReadingCall("Read", ["file_path": "secret.txt"]), ReadingCall("Glob", ["patterns": ["**/*.txt"]]),
                ReadingCall("Grep", ["pattern": "words"]), ReadingCall("LS", [:]),
            ]
            try await withReadings(calls, prefix: Self.powerless) { home in
                for name in ["closed/in.txt", "secret.txt", "open.txt"] { try home.write("words\n", to: name) }
                chmod("\(home.work)/secret.txt", 0)
                chmod("\(home.work)/closed", 0)
            } _: { readings in
                check(readings)
                #expect(readings.map(\.isError) == [true, true, true, false, false, false])
                #expect(readings[0].text.hasSuffix("/closed.") && readings[0].text.contains("Permission denied: "))
                #expect(readings[1].text.contains("Permission denied: "))
                #expect(readings[2].text.hasSuffix("/secret.txt.") && readings[2].text.contains("Permission denied: "))
                #expect(readings[3].text.contains("/open.txt") && readings[3].text.hasSuffix("/closed could not be read.]"))
                #expect(readings[4].text.contains("/open.txt") && readings[4].text.contains("1 files could not be read."))
                #expect(readings[4].text.contains("/closed"))
                #expect(readings[5].text == "closed/\nopen.txt\nsecret.txt")
            }
        }
    }
#endif
