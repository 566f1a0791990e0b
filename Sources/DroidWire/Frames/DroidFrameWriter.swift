package import ApusBase

/// Writes frames of one family straight into bytes: one line each, without its end (`droid.md` §1.2).
///
/// A success never has an `error` key and a failure never a `result`; nothing is null that need not be.
package struct DroidFrameWriter: Hashable, Sendable {
    package let family: DroidFamily
    /// Where the next notifications stand, for a client that asked for it.
    package var cursor: DroidCursor?

    package init(_ family: DroidFamily) {
        self.family = family
    }

    package func request<Params: DroidParams>(
        id: String, _ call: DroidCall<Params>, meta: DroidMeta? = nil, into writer: inout JSONWriter
    ) {
        beginRequest(id, Params.method, into: &writer)
        call.write(family, into: &writer)
        endRequest(meta, into: &writer)
    }

    /// A method whose params only the product knows.
    package func request(id: String, _ method: DroidMethod, params: JSONObject, meta: DroidMeta? = nil, into writer: inout JSONWriter) {
        beginRequest(id, method, into: &writer)
        writer.object(params)
        endRequest(meta, into: &writer)
    }

    package func success(id: String, _ result: some DroidValue, into writer: inout JSONWriter) {
        writer.fragment(DroidFrameWriter.response)
        writer.string(id)
        writer.key("result")
        result.write(into: &writer)
        writer.endObject()
    }

    /// - Parameter id: `nil` only for what could not be read.
    package func failure(id: String?, _ failure: DroidFailure, into writer: inout JSONWriter) {
        writer.fragment(DroidFrameWriter.response)
        if let id { writer.string(id) } else { writer.null() }
        writer.key("error")
        failure.write(into: &writer)
        writer.endObject()
    }

    package func notification(session: String, _ notification: SessionNotification, into writer: inout JSONWriter) {
        beginNotification(session, into: &writer)
        notification.write(into: &writer)
        endNotification(into: &writer)
    }

    /// The hot path: no value is made on the way.
    package func assistantTextDelta(session: String, messageId: String, blockIndex: Int, text: String, into writer: inout JSONWriter) {
        beginNotification(session, into: &writer)
        writer.fragment(#"{"type":"assistant_text_delta","messageId":"#)
        endDelta(messageId, blockIndex, text, into: &writer)
    }

    package func thinkingTextDelta(session: String, messageId: String, blockIndex: Int, text: String, into writer: inout JSONWriter) {
        beginNotification(session, into: &writer)
        writer.fragment(#"{"type":"thinking_text_delta","messageId":"#)
        endDelta(messageId, blockIndex, text, into: &writer)
    }

    /// A daemon's word about itself, whatever the family of this writer is.
    package func connectionStatus(_ status: ConnectionStatus, into writer: inout JSONWriter) {
        writer.fragment(
            #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","type":"notification","method":"daemon.connection_status","params":"#
        )
        status.write(into: &writer)
        writer.endObject()
    }

    /// One frame as bytes of its own.
    package func bytes(_ write: (DroidFrameWriter, inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        write(self, &writer)
        return writer.takeBytes()
    }

    private func beginRequest(_ id: String, _ method: DroidMethod, into writer: inout JSONWriter) {
        writer.fragment(#"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","type":"request","id":"#)
        writer.string(id)
        writer.field("method", method.wireName(family))
        writer.key("params")
    }

    private func endRequest(_ meta: DroidMeta?, into writer: inout JSONWriter) {
        if let meta {
            writer.key("_meta")
            meta.write(into: &writer)
        }
        writer.endObject()
    }

    private static let response: StaticString =
        #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","type":"response","id":"#

    private func beginNotification(_ session: String, into writer: inout JSONWriter) {
        switch family {
        case .daemon:
            writer.fragment(
                #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","type":"notification","method":"daemon.session_notification","params":{"sessionId":"#
            )
        case .exec:
            writer.fragment(
                #"{"jsonrpc":"2.0","factoryApiVersion":"1.0.0","factoryProtocolVersion":"1.221.0","type":"notification","method":"droid.session_notification","params":{"sessionId":"#
            )
        }
        writer.string(session)
        writer.key("notification")
    }

    private func endNotification(into writer: inout JSONWriter) {
        if let cursor { writer.field("cursor", cursor.text) }
        writer.endObject()
        writer.endObject()
    }

    private func endDelta(_ messageId: String, _ blockIndex: Int, _ text: String, into writer: inout JSONWriter) {
        writer.string(messageId)
        writer.field("blockIndex", blockIndex)
        writer.field("textDelta", text)
        writer.endObject()
        endNotification(into: &writer)
    }
}
