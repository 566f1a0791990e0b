/// The sink of one stream, for one sender at a time.
struct StreamPen: Sendable {
    private let sink: any FrameSink
    private let isBusy = Awaited(false)

    init(_ sink: any FrameSink) { self.sink = sink }

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        let mine: Bool? = await isBusy.next { isBusy in
            if isBusy { return nil }
            isBusy = true
            return true
        }
        guard mine != nil else { throw ConnectionOver() }
        defer { isBusy.change { $0 = false } }
        try await sink.send(frames)
    }
}
