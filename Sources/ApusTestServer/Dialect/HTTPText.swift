import NIOHTTP1

/// The few words of HTTP/1.1 that a reply needs. Written by hand so that a script can cut anywhere.
enum HTTPText {
    static let lastChunk = Array("0\r\n\r\n".utf8)
    static let proceed = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    static func chunk(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    static func head(status: Int, headers: [(String, String)]) -> [UInt8] {
        var text = "HTTP/1.1 \(status) \(HTTPResponseStatus(statusCode: status).reasonPhrase)\r\n"
        for (name, value) in headers { text += "\(name): \(value)\r\n" }
        return Array((text + "\r\n").utf8)
    }

    static func response(status: Int, headers: [(String, String)], body: [UInt8]) -> [UInt8] {
        head(status: status, headers: headers + [("content-length", "\(body.count)")]) + body
    }

    static func stream(number: Int) -> [UInt8] {
        head(
            status: 200,
            headers: [
                ("content-type", "text/event-stream; charset=utf-8"), ("cache-control", "no-cache"), ("request-id", "req_\(number)"),
                ("transfer-encoding", "chunked"),
            ])
    }
}
