// Sources: Sources/QwenWire/QwenEvent.swift Sources/QwenWire/QwenEventParser.swift

/// A stream must give the same events however it is cut, and an event that is written must read back.
///
/// The first byte chooses the limit, the second the seed of the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzQwenEvent(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = fuzzInput(start, count)
    guard input.count > 2 else { return 0 }
    let limit = input[0] < 128 ? 1 << 20 : Int(input[0]) - 120
    let stream = Array(input[2...])
    let whole = read([stream], limit: limit)
    let single = read(stream.map { [$0] }, limit: limit)
    let pieces = read(cut(stream, seed: Int(input[1])), limit: limit)
    require(whole == single, "cutting everywhere changes the events")
    require(whole == pieces, "cutting changes the events")
    for event in whole.events {
        let frame = "id: 1\nevent: x\ndata: \(event.json.serialized())\n\n"
        require(read([Array(frame.utf8)], limit: 1 << 24).events == [event], "an event does not read back")
    }
    return 0
}

private struct Reading: Equatable {
    var events: [QwenEvent] = []
    var isOverLimit = false
}

private func read(_ pieces: [[UInt8]], limit: Int) -> Reading {
    var parser = QwenEventParser(maximumUnits: limit)
    var reading = Reading()
    for piece in pieces { reading.events += parser.push(piece) }
    if let last = parser.finish() { reading.events.append(last) }
    reading.isOverLimit = parser.isOverLimit
    return reading
}
