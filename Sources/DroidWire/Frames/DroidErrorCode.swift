package import ApusBase

/// The codes of failures (`droid.md` §1.5). A server sends no other: one client drops such a frame and waits until its time-out (§0, 4).
package enum DroidErrorCode: DroidValue {
    case parseError
    case invalidRequest
    case methodNotFound
    case invalidParams
    case internalError
    case authenticationError
    case entityNotFound
    case sessionDisconnected
    /// Of a server that knows more than we do.
    case unknown(Int)

    package static let known: [DroidErrorCode] = [
        .parseError, .invalidRequest, .methodNotFound, .invalidParams, .internalError, .authenticationError, .entityNotFound,
        .sessionDisconnected,
    ]

    package init(number: Int) {
        self = DroidErrorCode.known.first { $0.number == number } ?? .unknown(number)
    }

    package init(blank: DroidBlank) { self = .internalError }

    package var number: Int {
        switch self {
        case .parseError: -32_700
        case .invalidRequest: -32_600
        case .methodNotFound: -32_601
        case .invalidParams: -32_602
        case .internalError: -32_603
        case .authenticationError: -32_001
        case .entityNotFound: -32_004
        case .sessionDisconnected: -32_005
        case .unknown(let number): number
        }
    }

    package init(from json: JSONValue, _ reading: DroidReading) throws(DroidDecodingError) {
        self.init(number: try Int(from: json, reading))
    }

    package func write(into writer: inout JSONWriter) { writer.integer(number) }
}
