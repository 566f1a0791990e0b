import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Turns names into addresses: a port, so that tests need no network and can answer like a hostile name server.
protocol HostResolver: Sendable {
    /// Every address of the name, best first; never empty. Cancelling ends the wait at once.
    func addresses(of name: String) async throws(HostResolverFault) -> [NetworkAddress]
}

enum HostResolverFault: Error, Hashable, Sendable {
    /// The reason in words, without the name.
    case unknown(String)
    case cancelled
}

/// The system's own resolver, on a thread that may block. One that hangs is left behind; its answer is thrown away.
struct SystemResolver: HostResolver {
    private typealias Answer = Result<[NetworkAddress], HostResolverFault>

    private final class Wait: Sendable {
        private struct State {
            var answer: Answer?
            var continuation: CheckedContinuation<Answer, Never>?
        }

        private let state = Mutex(State())

        func set(_ continuation: CheckedContinuation<Answer, Never>) {
            let answer = state.withLock { state in
                if state.answer == nil { state.continuation = continuation }
                return state.answer
            }
            if let answer { continuation.resume(returning: answer) }
        }

        /// The first answer counts.
        func give(_ answer: Answer) {
            let continuation = state.withLock { state -> CheckedContinuation<Answer, Never>? in
                guard state.answer == nil else { return nil }
                state.answer = answer
                return state.continuation.take()
            }
            continuation?.resume(returning: answer)
        }
    }

    func addresses(of name: String) async throws(HostResolverFault) -> [NetworkAddress] {
        let wait = Wait()
        let answer = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                wait.set(continuation)
                NIOThreadPool.singleton.submit { state in
                    if case .active = state { wait.give(Self.look(up: name)) } else { wait.give(.failure(.cancelled)) }
                }
            }
        } onCancel: {
            wait.give(.failure(.cancelled))
        }
        return try answer.get()
    }

    private static func look(up name: String) -> Answer {
        var hints = addrinfo()
        hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            hints.ai_socktype = SOCK_STREAM
        #endif
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(name, nil, &hints, &list)
        guard code == 0 else { return .failure(.unknown(String(cString: gai_strerror(code)).lowercased())) }
        defer { freeaddrinfo(list) }
        var found: [NetworkAddress] = []
        var next = list
        while let entry = next {
            if let address = address(entry.pointee), !found.contains(address) { found.append(address) }
            next = entry.pointee.ai_next
        }
        return found.isEmpty ? .failure(.unknown("it has no address")) : .success(found)
    }

    private static func address(_ entry: addrinfo) -> NetworkAddress? {
        guard let raw = entry.ai_addr else { return nil }
        switch entry.ai_family {
        case AF_INET:
            return raw.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { .v4(UInt32(bigEndian: $0.pointee.sin_addr.s_addr)) }
        case AF_INET6:
            return raw.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { address in
                withUnsafeBytes(of: address.pointee.sin6_addr) { bytes in
                    .v6(
                        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
                        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
                }
            }
        default: return nil
        }
    }
}
