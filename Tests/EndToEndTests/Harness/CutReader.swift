import Synchronization
import Testing

/// A client that is cut off all the time, over all lives of its server: the numbers and texts of what it has read.
struct CutReader: Sendable {
    private(set) var cursor: Int64 = 0
    private(set) var events: [String] = []
    private(set) var text = ""
    private(set) var disconnects = 0

    /// - Parameters:
    ///   - name: all of the event that must be the same for everybody.
    mutating func take(_ number: Int64, _ name: String, _ piece: String?) {
        if number <= cursor { Issue.record("\(number) came behind \(cursor)") }
        events.append("\(number) \(name)")
        cursor = max(cursor, number)
        text += piece ?? ""
    }

    /// Reads from a cursor, tells each event, and returns when it is told that this was enough, or when it is cancelled or cut off.
    typealias Look = @Sendable (_ reader: Int, _ cursor: Int64, _ tell: @Sendable (Int64, String, String?) -> Bool) async -> Void

    /// Each reader connects, reads a little and is gone, again and again, until it has done so often enough.
    static func harass(_ readers: [CutReader], until quota: Int, seed: UInt64, _ look: @escaping Look) async -> [CutReader] {
        await withTaskGroup(of: (Int, CutReader).self) { group in
            for (index, reader) in readers.enumerated() {
                group.addTask {
                    var reader = reader
                    var generator = SplitMix(seed: seed << 8 | UInt64(index))
                    while reader.disconnects < quota {
                        let wanted = Int.random(in: 0...6, using: &generator)
                        let patience = Duration.microseconds(Int.random(in: 500...12_000, using: &generator))
                        reader = await glance(reader, index, wanted, patience, look)
                        reader.disconnects += 1
                    }
                    return (index, reader)
                }
            }
            var done = readers
            for await (index, reader) in group { done[index] = reader }
            return done
        }
    }

    private final class Shared: Sendable {
        let state: Mutex<(reader: CutReader, left: Int)>
        init(_ reader: CutReader, _ left: Int) { state = Mutex((reader, left)) }

        /// Whether more is wanted.
        func tell(_ number: Int64, _ name: String, _ piece: String?) -> Bool {
            state.withLock { state in
                state.reader.take(number, name, piece)
                state.left -= 1
                return state.left > 0
            }
        }
    }

    /// Reads so many events, or for so long, whichever is over first, and lets go.
    private static func glance(_ reader: CutReader, _ index: Int, _ wanted: Int, _ patience: Duration, _ look: @escaping Look) async
        -> CutReader
    {
        let shared = Shared(reader, wanted)
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await look(index, reader.cursor) { shared.tell($0, $1, $2) } }
            group.addTask { try? await Task.sleep(for: patience) }
            await group.next()
            group.cancelAll()
        }
        return shared.state.withLock { $0.reader }
    }
}
