import ApusBase
import ApusCore
import ApusWorkspace

/// Shows the lines of a text file, an image, or a PDF document; which of them, the first bytes say and not the name.
///
/// Text streams: memory does not grow with the file or its lines. The whole file is hashed on the way, which marks it as seen, up to
/// ``OutputLimit/markedFileBytes``; a larger one is read only as far as needed and gets no mark, so it cannot be edited.
struct ReadTool: Tool {
    static let defaultLimit = 2_400

    let paths: CheckedPaths
    let documents: PDFText

    let definition = ToolDefinition(
        id: "read-cli", name: "Read",
        summary: """
            Show a text file, or a part of it. Lines come as they are in the file, without numbers in front. At most \
            \(defaultLimit) lines or about 40000 characters at a time; a note at the end says how to go on. A file must be \
            read before it can be edited. Also shows images (PNG, JPEG, GIF, WebP; at most \(ByteLimit.imageBytes >> 20) MiB) and \
            PDF documents (at most \(ByteLimit.documentBytes >> 20) MiB and \(ByteLimit.maximumDocumentPages) pages).
            """,
        category: .readOnly,
        inputSchema: [
            "type": "object", "required": ["file_path"],
            "properties": [
                "file_path": ["type": "string", "description": "The file, as an absolute path"],
                "offset": ["type": "integer", "minimum": 0, "default": 0, "description": "How many lines to skip"],
                "limit": [
                    "type": "integer", "minimum": 1, "default": .integer(Int64(defaultLimit)), "description": "How many lines to show",
                ],
                "image_quality": [
                    "type": "string", "enum": ["low", "medium", "high"],
                    "description": "How closely to look at an image; not used for anything else",
                ],
            ],
        ])

    private struct Request {
        var path: String
        var offset: Int
        var limit: Int
        var quality: ImageQuality?

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: "Read")
            path = try input.requiredText("file_path", or: ["path"], meaning: "the file to read")
            offset = try input.integer("offset", in: 0...1_000_000_000) ?? 0
            limit = try input.integer("limit", in: 1...1_000_000_000) ?? ReadTool.defaultLimit
            quality = try input.choice("image_quality", of: ImageQuality.allCases.map(\.rawValue)).flatMap { ImageQuality(rawValue: $0) }
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let path = try paths.declare(try Request(input).path, in: context)
        return AccessRequest(action: .read([path.path]), summary: "Read \(path.path)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let request = try Request(input)
            let path = try paths.confirm(request.path, for: .reading, in: context)
            let found = try await BlockingWork.files.run { flag throws(PathFault) in try ReadTool.read(path, request, flag) }
            switch found {
            case .result(let result): return result
            case .document(let reading): return await reading.document(extractedBy: documents, hidden: context.confinement?.hidden ?? [])
            }
        } catch let error as ToolInputError {
            return .failed(error.sentence)
        } catch PathFault.cancelled {
            return ToolResult(.interrupted, "Reading was interrupted.")
        } catch PathFault.notAFile(let path, .directory) {
            return .failed("\(path) is a directory. Use LS to list it.")
        } catch {
            return .failed("\(error)")
        }
    }

    private enum Found {
        case result(ToolResult)
        /// Needs a program of its own to be read, which must not hold up a thread for files.
        case document(MediaReading)
    }

    private static func read(_ path: SafePath, _ request: Request, _ flag: CancelFlag) throws(PathFault) -> Found {
        let file = try path.openForReading()
        var buffer = [UInt8](repeating: 0, count: 1 << 18)
        let count = try file.read(into: &buffer)
        let signature = FileSignature(buffer[..<count])
        switch signature {
        case .text: return .result(try readText(file, path, &buffer, count, request, flag))
        case .utf16: return .result(try readWide(path, request, flag))
        case .media(let type): return try readMedia(type, path, request, flag)
        case .binary: return .result(.failed(sentence(for: signature, path.path, size: max(file.status.size, count))))
        }
    }

    private static func readMedia(
        _ type: MediaType, _ path: SafePath, _ request: Request, _ flag: CancelFlag
    ) throws(PathFault) -> Found {
        let file = try path.openForReading()
        if let obstacle = MediaReading.obstacle(path.path, type, size: file.status.size) { return .result(.failed(obstacle)) }
        let limit = type.isImage ? ByteLimit.imageBytes : ByteLimit.documentBytes
        let reading = MediaReading(path: path.path, bytes: try file.readAll(limit: limit) { flag.isCancelled }, quality: request.quality)
        return type.isImage ? .result(reading.image(type)) : .document(reading)
    }

    private static func readText(
        _ file: borrowing OpenFile, _ path: SafePath, _ buffer: inout [UInt8], _ first: Int, _ request: Request, _ flag: CancelFlag
    ) throws(PathFault) -> ToolResult {
        var count = first
        if count == 0 { return ToolResult(.succeeded, "[The file is empty.]", files: [FileMark(path: path.path, hash: FileHash.of([]))]) }
        let isMarked = file.status.size <= OutputLimit.markedFileBytes
        var hash = FileHash()
        var window = LineWindow(
            first: request.offset, limit: request.limit, budget: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
        var isStart = true
        var total = 0
        while count > 0 {
            if flag.isCancelled { throw .cancelled }
            if isMarked { hash.update(buffer[..<count]) }
            window.push(buffer[(isStart && buffer[..<count].starts(with: TextEncoding.mark) ? 3 : 0)..<count])
            isStart = false
            total += count
            if !isMarked && window.isFull { break }
            count = try file.read(into: &buffer)
        }
        // Grew past the bound while it was read: then it was not hashed from the start for nothing, the hash is still whole.
        let marks = isMarked && count == 0 ? [FileMark(path: path.path, hash: hash.finish())] : []
        return result(&window, request, path.path, isCounted: count == 0, size: max(file.status.size, total), marks)
    }

    private static func readWide(_ path: SafePath, _ request: Request, _ flag: CancelFlag) throws(PathFault) -> ToolResult {
        let bytes = try path.openForReading().readAll(limit: OutputLimit.markedFileBytes) { flag.isCancelled }
        var window = LineWindow(
            first: request.offset, limit: request.limit, budget: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
        window.push(TextEncoding(bytes).decodeRepairing(bytes)[...])
        return result(
            &window, request, path.path, isCounted: true, size: bytes.count, [FileMark(path: path.path, hash: FileHash.of(bytes))])
    }

    private static func result(
        _ window: inout LineWindow, _ request: Request, _ path: String, isCounted: Bool, size: Int, _ marks: [FileMark]
    ) -> ToolResult {
        let lines = window.lineCount
        if request.offset >= lines, isCounted {
            return .failed("offset \(request.offset) is behind the end: \(path) has \(lines) lines. Use an offset below \(lines).")
        }
        var text = window.finish()
        var notices: [String] = []
        if let cut = window.cutLine { notices.append("Line \(cut + 1) is larger than a result; its middle is left out.") }
        if let next = window.nextLine {
            let whole = isCounted ? "of \(lines)" : "of a file of \(size) bytes"
            notices.append("Lines \(request.offset + 1)-\(next) \(whole) are shown. Read on with offset \(next).")
        }
        if marks.isEmpty {
            notices.append("The file is over \(OutputLimit.markedFileBytes >> 20) MiB: it can be read in parts but not edited with Edit.")
        }
        if !notices.isEmpty { text += (text.hasSuffix("\n") ? "\n" : "\n\n") + "[" + notices.joined(separator: " ") + "]" }
        return ToolResult(.succeeded, text, files: marks)
    }

    static func sentence(for signature: FileSignature, _ path: String, size: Int) -> String {
        switch signature {
        case .media(let type): "\(path) is \(type.phrase) of \(size) bytes."
        case .binary(let kind): "\(path) is not text: \(kind), \(size) bytes. Use a command that understands it."
        case .text, .utf16: "\(path) is text of \(size) bytes."
        }
    }
}
