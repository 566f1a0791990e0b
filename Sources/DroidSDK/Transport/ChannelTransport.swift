import ApusTransport

/// What the transports of this library share: strings and public errors around a channel of bytes.
struct ChannelTransport<Channel: MessageChannel>: Sendable {
    let channel: Channel
    /// What is told when it fails.
    let explain: @Sendable (TransportError) -> any Error

    func connect() async throws {
        do { try await channel.connect() } catch { throw explain(error) }
    }

    func send(_ message: String) async throws {
        do { try await channel.send(Array(message.utf8)) } catch { throw explain(error) }
    }

    var messages: DroidTransportMessages {
        DroidTransportMessages { [channel, explain] in
            do {
                return try await channel.receive().map { String(decoding: $0, as: UTF8.self) }
            } catch {
                throw explain(error as? TransportError ?? .notConnected)
            }
        }
    }
}
