import NIOCore
import NIOPosix

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The daemon's end of its control socket. Whoever can open the file is its owner: the folder and the file let nobody else.
package final class ControlListener: Sendable {
    private let server: any Channel
    private let peers: AsyncStream<ControlPeer>

    private init(_ server: any Channel, _ peers: AsyncStream<ControlPeer>) {
        self.server = server
        self.peers = peers
    }

    /// Replaces what a dead daemon left: call it only as the owner of the home.
    ///
    /// - Parameter path: at most ``maximumPathBytes``.
    package static func open(at path: String) async throws(ListenerError) -> ControlListener {
        // Those who have not been served yet; more wait in the kernel.
        let (peers, continuation) = AsyncStream<ControlPeer>.makeStream(bufferingPolicy: .bufferingOldest(64))
        do {
            let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .childChannelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        if case .dropped = continuation.yield(try ControlPeer.attach(to: channel)) { channel.close(promise: nil) }
                    }
                }
                .bind(unixDomainSocketPath: path, cleanupExistingSocketFile: true).get()
            server.closeFuture.whenComplete { _ in continuation.finish() }
            guard chmod(path, 0o600) == 0 else {
                server.close(promise: nil)
                throw ListenerError(.address, "Cannot make \(path) the owner's alone: \(String(cString: strerror(errno))).")
            }
            return ControlListener(server, peers)
        } catch let error as ListenerError {
            throw error
        } catch {
            throw ListenerError(.address, "Cannot open the control socket \(path): \(error).")
        }
    }

    /// What `sockaddr_un` has room for everywhere.
    package static let maximumPathBytes = 100

    /// Serves every peer in a task of its own, until the task is cancelled or the socket closed.
    package func run(_ serve: @escaping @Sendable (ControlPeer) async -> Void) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await peer in peers {
                    group.addTask {
                        await serve(peer)
                        await peer.close()
                    }
                }
            }
        } onCancel: {
            server.close(promise: nil)
        }
    }
}
