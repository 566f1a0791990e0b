import ApusFronts
import Dispatch

/// Frames as lines on stdout, several in one write. A reader that is slow holds up a thread of its own and nobody else.
struct StandardOutput: FrameSink {
    private let queue = DispatchQueue(label: "apus.stdout")

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(frames.reduce(0) { $0 + $1.count + 1 })
        for frame in frames { bytes += frame + [UInt8(ascii: "\n")] }
        let isWritten = await withCheckedContinuation { continuation in
            queue.async { [bytes] in
                do {
                    try Terminal.writeOutput(bytes)
                    continuation.resume(returning: true)
                } catch {
                    // Nobody reads any more: the end of the connection says it.
                    continuation.resume(returning: false)
                }
            }
        }
        if !isWritten { throw ConnectionOver() }
    }
}
