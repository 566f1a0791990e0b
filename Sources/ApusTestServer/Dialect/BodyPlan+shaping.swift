/// What the connection does, one after the other.
enum WireStep: Hashable, Sendable {
    /// One write, flushed.
    case write([UInt8])
    case writes([UInt8], times: Int)
    case pause(milliseconds: Int)
    case wait(Gate)
    /// Nothing follows.
    case close
    case reset
}

extension BodyPlan {
    /// The body as writes of a chunked HTTP/1.1 response, its end included.
    func writes(shape: StreamShape) -> [WireStep] {
        var shaper = BodyShaper(shape: shape)
        for step in BodyPlan.cutting(steps, at: shape.cut) { shaper.add(step) }
        return shaper.finish()
    }

    static func cutting(_ steps: [Step], at cut: StreamShape.Cut?) -> [Step] {
        guard let cut else { return steps }
        var result: [Step] = []
        var bytesLeft = Int.max
        var eventsLeft = Int.max
        let end: ConnectionEnd
        switch cut {
        case .bytes(let count, let how): (bytesLeft, end) = (count, how)
        case .events(let count, let how): (eventsLeft, end) = (count, how)
        }
        for step in steps {
            if bytesLeft == 0 || eventsLeft == 0 { break }
            switch step {
            case .event(let bytes), .filler(let bytes):
                result.append(.filler(Array(bytes.prefix(bytesLeft))))
                bytesLeft -= min(bytes.count, bytesLeft)
                if case .event = step { eventsLeft -= 1 }
            case .repeated(let bytes, let times):
                let whole = min(times, eventsLeft, bytes.isEmpty ? times : bytesLeft / bytes.count)
                result.append(.repeated(bytes, times: whole))
                bytesLeft -= whole * bytes.count
                eventsLeft -= whole
                guard whole < times, eventsLeft > 0 else { continue }
                result.append(.filler(Array(bytes.prefix(bytesLeft))))
                bytesLeft = 0
            case .pause, .wait, .end: result.append(step)
            }
        }
        return result + [.end(end)]
    }
}

/// Gathers bytes into writes.
private struct BodyShaper {
    let shape: StreamShape
    private var writes: [WireStep] = []
    private var gathered: [UInt8] = []
    private var gatheredSteps = 0
    private var hasEnded = false

    init(shape: StreamShape) { self.shape = shape }

    mutating func add(_ step: BodyPlan.Step) {
        if hasEnded { return }
        switch step {
        case .event(let bytes), .filler(let bytes): gather(bytes)
        case .repeated(let bytes, let times): repeated(bytes, times)
        case .pause(let milliseconds):
            flush()
            writes.append(.pause(milliseconds: milliseconds))
        case .wait(let gate):
            flush()
            writes.append(.wait(gate))
        case .end(let end): finish(end)
        }
    }

    mutating func finish() -> [WireStep] {
        if !hasEnded { finish(.bodyEnded) }
        return writes
    }

    private mutating func gather(_ bytes: [UInt8]) {
        gathered += bytes
        gatheredSteps += 1
        if let size = shape.chunkBytes, size > 0 {
            var start = 0
            while gathered.count - start >= size {
                writes.append(.write(HTTPText.chunk(gathered[start..<(start + size)])))
                start += size
            }
            gathered.removeFirst(start)
        } else if gatheredSteps >= shape.eventsPerWrite {
            flush()
        }
    }

    private mutating func repeated(_ bytes: [UInt8], _ times: Int) {
        flush()
        let together = max(shape.eventsPerWrite, 1)
        for (copies, writeCount) in [(together, times / together), (times % together, 1)] where copies > 0 && writeCount > 0 {
            let events = Array(repeatElement(bytes, count: copies).joined())
            writes.append(.writes(HTTPText.chunk(events[...]), times: writeCount))
        }
    }

    private mutating func flush() {
        if !gathered.isEmpty { writes.append(.write(HTTPText.chunk(gathered[...]))) }
        gathered = []
        gatheredSteps = 0
    }

    private mutating func finish(_ end: ConnectionEnd) {
        flush()
        hasEnded = true
        switch end {
        case .bodyEnded: writes.append(.write(HTTPText.lastChunk))
        case .closed: writes.append(.close)
        case .reset: writes.append(.reset)
        }
    }
}
