/// Signing in to MCP servers (OAuth 2.1). `ApusMCP` conforms. Tokens belong to a server's address: whoever signs in, does so for all
/// sessions of this user that have the server.
package protocol MCPSignIns: Sendable {
    /// Signs in and returns when a person has, has refused, or did not within the limit of a sign-in (5 min). What the person must open
    /// comes with ``signInNews(of:)``. A sign-in to the same address that is under way is joined. Cancelling the task only stops waiting.
    ///
    /// Throws for a server that the session does not have and for one that nobody can sign in to.
    func signIn(to server: String, in session: SessionID) async throws(MCPServersError) -> MCPSignInOutcome

    /// Ends the sign-in that is under way; nothing when there is none.
    func cancelSignIn(to server: String, in session: SessionID) async throws(MCPServersError)

    /// Forgets all tokens of the server, and who we are to it. Its connection is opened anew.
    func signOut(of server: String, in session: SessionID) async throws(MCPServersError)

    /// What the person brought back, where the callback did not reach us. Throws when no sign-in with that state is under way.
    func answerSignIn(to server: String, state: String, _ answer: MCPSignInAnswer, in session: SessionID) async throws(MCPServersError)

    /// Yields sign-ins of the session's servers as they begin and end, those first that are under way already, at most 64 waiting; ends when
    /// the task is cancelled or the session is given up.
    func signInNews(of session: SessionID) -> AsyncStream<MCPSignInNews>
}

/// How to sign in to a server that is reached by HTTP (`droid-exec.md` §5.11).
package enum MCPSignInSetting: Hashable, Sendable {
    /// Never, whatever the server says (`"oauth": false`).
    case never
    /// When the server asks for it, with these.
    case asked(MCPSignInOptions)

    package static let automatic = MCPSignInSetting.asked(MCPSignInOptions())
}

package struct MCPSignInOptions: Hashable, Sendable {
    /// What tokens are said to be for (RFC 8707).
    package enum Resource: Hashable, Sendable {
        /// What the server says, or its address.
        case discovered
        /// Not said.
        case none
        case given(String)
    }

    package enum ClientAuthentication: String, Hashable, Sendable, CaseIterable {
        case none
        case basic = "client_secret_basic"
        case post = "client_secret_post"
    }

    /// `nil` asks for what the server names.
    package var scopes: [String]?
    package var resource = Resource.discovered
    package var issuer: String?
    package var clientID: String?
    package var clientSecret: String?
    /// The address of a document that describes us, in place of a registration.
    package var clientMetadataURL: String?
    package var authentication: ClientAuthentication?
    /// 0: whichever is free.
    package var callbackPort = 0

    package init() {}
}

package enum MCPSignInOutcome: Hashable, Sendable {
    case succeeded
    case cancelled
    /// Why, one sentence.
    case failed(String)
}

package enum MCPSignInAnswer: Hashable, Sendable {
    /// The code, or the whole address that the browser was sent to.
    case code(String)
    case refused(error: String, description: String?)
}

package enum MCPSignInNews: Hashable, Sendable {
    case required(MCPPendingSignIn)
    case completed(server: String, MCPSignInOutcome)
}

/// A sign-in that waits for a person.
package struct MCPPendingSignIn: Hashable, Sendable {
    package var server: String
    /// What the person must open in a browser.
    package var url: String
    package var message: String
    /// Tells this sign-in from any other.
    package var state: String

    package init(server: String, url: String, message: String, state: String) {
        self.server = server
        self.url = url
        self.message = message
        self.state = state
    }
}

/// Where nobody can sign in.
package struct NoMCPSignIns: MCPSignIns {
    private static let refusal = MCPServersError.unusable("Nobody can sign in to MCP servers here.")

    package init() {}

    package func signIn(to server: String, in session: SessionID) async throws(MCPServersError) -> MCPSignInOutcome { throw Self.refusal }
    package func cancelSignIn(to server: String, in session: SessionID) async throws(MCPServersError) { throw Self.refusal }
    package func signOut(of server: String, in session: SessionID) async throws(MCPServersError) { throw Self.refusal }
    package func answerSignIn(
        to server: String, state: String, _ answer: MCPSignInAnswer, in session: SessionID
    ) async throws(MCPServersError) { throw Self.refusal }
    package func signInNews(of session: SessionID) -> AsyncStream<MCPSignInNews> { AsyncStream { $0.finish() } }
}
