import ApusBase

extension Benchmark {
    /// A piece of a provider's stream, 261 bytes.
    private static let providerDelta = Array(
        """
        {"id":"chatcmpl-9bX2kQ7mVt0aLr4e","object":"chat.completion.chunk","created":1763724000,"model":"some-model-2025-10-01","system_fingerprint":"fp_5a1c0e77b2","choices":[{"index":0,"delta":{"content":" the quick brown fox jum"},"logprobs":null,"finish_reason":null}]}
        """.utf8)

    /// A request of a client, as a listener sees it before it knows the method.
    private static let request = Array(
        """
        {"jsonrpc":"2.0","type":"request","id":"5f0c3c1e-9a55-4a7e-8f39-6f1f0c2d7a11","method":"session.add_user_message","params":{"sessionId":"0b7d8f52-93c4-4f3e-9a40-2f7f1f3f6c1d","text":"Which \\"Swift\\" files here are the longest?","images":[],"options":{"stream":true}}}
        """.utf8)

    static let parse = Benchmark(name: "parse", summary: "a provider delta of \(providerDelta.count) bytes to JSONValue") { count in
        var sum = 0
        for _ in 0..<count {
            do {
                let value = try JSONValue(parsing: providerDelta)
                if case .object(let object) = value { sum &+= object.count }
            } catch {
                fatalError("\(error)")
            }
        }
        return sum
    }

    static let skim = Benchmark(name: "skim", summary: "the envelope of a request of \(request.count) bytes") { count in
        var sum = 0
        for _ in 0..<count {
            do {
                let envelope = try JSONEnvelope(skimming: request)
                sum &+= envelope.params?.count ?? 0
            } catch {
                fatalError("\(error)")
            }
        }
        return sum
    }

    private static let session = "0b7d8f52-93c4-4f3e-9a40-2f7f1f3f6c1d"
    private static let message = "5f0c3c1e-9a55-4a7e-8f39-6f1f0c2d7a11"

    static let write = Benchmark(name: "write", summary: "a notification with a text delta of nine members, member by member") { count in
        var sum = 0
        var writer = JSONWriter(reservingCapacity: 512)
        for index in 0..<count {
            writer.removeAll(keepingCapacity: true)
            writer.beginObject()
            writer.field("jsonrpc", "2.0")
            writer.field("type", "notification")
            writer.field("method", "session.notification")
            writer.key("params")
            writer.beginObject()
            writer.field("sessionId", session)
            writer.field("sequence", index)
            writer.key("notification")
            writer.beginObject()
            writer.field("type", "assistant_text_delta")
            writer.field("messageId", message)
            writer.field("textDelta", " the quick brown \"fox\" jumps\n")
            writer.endObject()
            writer.endObject()
            writer.endObject()
            sum &+= writer.count
        }
        return sum
    }

    static let fragments = Benchmark(name: "fragments", summary: "the same notification, its constant parts as fragments") { count in
        var sum = 0
        var writer = JSONWriter(reservingCapacity: 512)
        for index in 0..<count {
            writer.removeAll(keepingCapacity: true)
            writer.fragment(#"{"jsonrpc":"2.0","type":"notification","method":"session.notification","params":{"sessionId":"#)
            writer.string(session)
            writer.field("sequence", index)
            writer.fragment(#","notification":{"type":"assistant_text_delta","messageId":"#)
            writer.string(message)
            writer.fragment(#","textDelta":"#)
            writer.string(" the quick brown \"fox\" jumps\n")
            writer.fragment("}}}")
            sum &+= writer.count
        }
        return sum
    }
}
