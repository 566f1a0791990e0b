import NIOCore
import NIOHTTP1

/// What was decoded and has not been looked at yet: requests that were sent ahead of their answers. Pure; bounded by the number of requests,
/// and by what one read brings, since nothing is read while an answer is made.
struct HTTPRequestQueue {
    enum Incoming {
        case part(HTTPServerRequestPart)
        /// What follows is no HTTP.
        case fault(HTTPResponseStatus, String)
    }

    private var waiting = CircularBuffer<Incoming>()
    private var heads = 0
    private let maximumHeads: Int
    /// Nothing more is taken: what stands behind a fault, or behind too many, has no meaning any more.
    private(set) var isOver = false

    init(maximumHeads: Int) { self.maximumHeads = maximumHeads }

    var isEmpty: Bool { waiting.isEmpty }

    mutating func append(_ part: HTTPServerRequestPart) {
        if case .head = part, !isOver {
            heads += 1
            isOver = heads > maximumHeads
        }
        if !isOver { waiting.append(.part(part)) }
    }

    mutating func append(fault status: HTTPResponseStatus, _ sentence: String) {
        if isOver { return }
        isOver = true
        waiting.append(.fault(status, sentence))
    }

    mutating func popFirst() -> Incoming? {
        let next = waiting.popFirst()
        if case .part(.head)? = next { heads -= 1 }
        return next
    }

    mutating func end() {
        isOver = true
        waiting.removeAll()
    }

    /// Whether the rest of the request that is being answered has come already; without a body that is its end alone.
    var hasEnd: Bool {
        for next in waiting {
            switch next {
            case .part(.end): return true
            case .part(.body): continue
            case .part(.head), .fault: return false
            }
        }
        return false
    }
}
