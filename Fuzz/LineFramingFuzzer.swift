/// Lines must not depend on the cuts, and without a limit they are what splitting the whole at LF gives.
///
/// The first byte chooses the limit, the second the length of the pieces.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzLineFraming(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = fuzzInput(start, count)
    guard input.count > 2 else { return 0 }
    let limit = input[0] < 128 ? 1 << 20 : Int(input[0]) - 128
    let stream = Array(input[2...])
    let expected = split(stream, limit: limit)
    for size in [stream.count, 1, Int(input[1]) + 1] {
        var framing = LineFraming(maximumLineBytes: limit)
        var lines: [[UInt8]] = []
        var hasFailed = false
        for start in stride(from: 0, to: stream.count, by: size) {
            do throws(LineFramingError) {
                lines += try framing.push(stream[start..<min(start + size, stream.count)])
            } catch {
                hasFailed = true
                // The empty push after an error cannot fail.
                lines += (try? framing.push([])) ?? []
            }
        }
        require(lines == expected.lines, "lines differ with pieces of \(size)")
        require(hasFailed == expected.hasFailed, "failure differs with pieces of \(size)")
        require(framing.finish() == expected.last, "the last line differs with pieces of \(size)")
    }
    return 0
}

/// The plain way to say what is expected, on the whole stream.
private func split(_ stream: [UInt8], limit: Int) -> (lines: [[UInt8]], last: [UInt8]?, hasFailed: Bool) {
    var parts = stream.split(separator: 0x0A, omittingEmptySubsequences: false).map { $0.last == 0x0D ? Array($0.dropLast()) : Array($0) }
    let last = parts.removeLast()
    let isLastTooLong = last.count > limit
    let endsInLineFeed = stream.last == 0x0A
    let lines = parts.filter { $0.count <= limit }
    return (lines, isLastTooLong || endsInLineFeed ? nil : last, isLastTooLong || lines.count < parts.count)
}
