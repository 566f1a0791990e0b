/// A stream must give the same events however it is cut, and an event that is written must read back.
///
/// The first byte chooses the limit, the second the seed of the cuts.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSSE(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = fuzzInput(start, count)
    guard input.count > 2 else { return 0 }
    let limit = input[0] < 128 ? 1 << 20 : Int(input[0]) - 120
    let stream = Array(input[2...])
    let whole = read([stream], limit: limit)
    let single = read(stream.map { [$0] }, limit: limit)
    let pieces = read(cut(stream, seed: Int(input[1])), limit: limit)
    require(whole.events == single.events && whole.rest == single.rest && whole.id == single.id, "cutting everywhere changes the events")
    require(whole.events == pieces.events && whole.rest == pieces.rest && whole.id == pieces.id, "cutting changes the events")
    require(whole.hasFailed == single.hasFailed && whole.hasFailed == pieces.hasFailed, "cutting changes whether an event is too large")
    for event in whole.events {
        var bytes: [UInt8] = []
        event.write(into: &bytes)
        require(read([bytes], limit: 1 << 24).events == [event], "an event does not read back")
    }
    return 0
}

private struct Reading {
    var events: [ServerSentEvent] = []
    var rest: [ServerSentEvent] = []
    var id = ""
    var hasFailed = false
}

private func read(_ pieces: [[UInt8]], limit: Int) -> Reading {
    var parser = ServerSentEventParser(maximumEventBytes: limit)
    var reading = Reading()
    for piece in pieces + [[]] {
        do throws(ServerSentEventError) {
            reading.events += try parser.push(piece)
        } catch {
            reading.hasFailed = true
            // The empty push after an error cannot fail.
            reading.events += (try? parser.push([])) ?? []
        }
    }
    reading.rest = parser.finish(dispatchingPartial: true)
    reading.id = parser.lastEventID
    return reading
}
