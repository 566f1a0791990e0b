import ApusBase
import ApusCore
import DroidWire

extension DroidConnection {
    /// Answers one request. Nothing is done for whom nobody knows.
    func dispatch(_ request: DroidRequest) async throws(DroidFailure) -> DroidReply {
        guard let (method, family) = DroidMethod.named(request.method), family == self.family, method.entry.families.contains(family),
            !method.entry.isOfServer
        else {
            // Who is not known is not told what there is.
            _ = try await client()
            throw .methodNotFound(request.method)
        }
        if method == .authenticate { return try await authenticate(request) }
        let client = try await client()
        if let scope = Self.scopes[method] { try Self.demand(scope, of: client, for: method) }
        return try await perform(method, request, client)
    }

    func perform(_ method: DroidMethod, _ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        switch method {
        case .logout: return try await answer(request, client, logout)
        default: throw .methodNotFound(request.method)
        }
    }

    func answer<Params: DroidParams>(
        _ request: DroidRequest, _ client: ClientIdentity,
        _ work: (DroidCall<Params>, ClientIdentity) async throws(DroidFailure) -> Params.Result
    ) async throws(DroidFailure) -> DroidReply {
        let result = try await work(try request.call(family), client)
        return reply(request, result)
    }

    func reply(
        _ request: DroidRequest, _ result: some DroidValue, afterwards: (@Sendable () async -> Void)? = nil
    ) -> DroidReply {
        DroidReply(frame: frames.bytes { $0.success(id: request.id, result, into: &$1) }, afterwards: afterwards)
    }
}
