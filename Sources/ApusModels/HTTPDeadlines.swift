/// How long the parts of one request to a model may take.
struct HTTPDeadlines: Hashable, Sendable {
    /// From sending the request to the head of the answer. Local servers answer only after reading the whole prompt.
    var firstByte: Duration
    /// Between two pieces of the answer.
    var idle: Duration
    /// The whole exchange, connecting included.
    var total: Duration

    init(firstByte: Duration = .seconds(300), idle: Duration = .seconds(120), total: Duration = .seconds(600)) {
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}
