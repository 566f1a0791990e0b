import ApusCore
import ApusTesting

/// Sign-ins that a test decides.
final class NotedSignIns: MCPSignIns {
    let calls = Watched<[String]>([])
    let outcomes = Watched<[MCPSignInOutcome]>([])
    let streams = Watched<[SessionID: AsyncStream<MCPSignInNews>.Continuation]>([:])

    func signIn(to server: String, in session: SessionID) async throws(MCPServersError) -> MCPSignInOutcome {
        if server == "nobody" { throw .unknownServer(server) }
        calls.change { $0.append("sign in \(server) \(session)") }
        let decided = await outcomes.first { !$0.isEmpty }
        return decided.first ?? .cancelled
    }

    func cancelSignIn(to server: String, in session: SessionID) async throws(MCPServersError) {
        calls.change { $0.append("cancel \(server) \(session)") }
    }

    func signOut(of server: String, in session: SessionID) async throws(MCPServersError) {
        calls.change { $0.append("sign out \(server) \(session)") }
    }

    func answerSignIn(
        to server: String, state: String, _ answer: MCPSignInAnswer, in session: SessionID
    ) async throws(MCPServersError) {
        if state != "st" { throw .unusable("No sign-in waits for this answer.") }
        calls.change { $0.append("answer \(server) \(answer) \(session)") }
    }

    func signInNews(of session: SessionID) -> AsyncStream<MCPSignInNews> {
        let (stream, continuation) = AsyncStream<MCPSignInNews>.makeStream(bufferingPolicy: .bufferingNewest(8))
        streams.change { $0[session] = continuation }
        return stream
    }
}
