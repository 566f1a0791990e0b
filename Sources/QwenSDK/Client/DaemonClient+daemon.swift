extension DaemonClient {
    /// `GET /health`: whether a daemon listens (§2.1). Touches no session.
    public func health() async throws -> DaemonHealth { try await health(deep: false) }

    /// `GET /health`, and with `deep` also how many sessions and open permission requests there are, counted by those who hold them.
    ///
    /// - Throws: ``DaemonHTTPError`` with status 503 and the body `{"status":"degraded"}` when a daemon that listens cannot count.
    public func health(deep: Bool) async throws -> DaemonHealth {
        DaemonHealth(try await object(of: DaemonCall("GET", "/health", query: deep ? "?deep=1" : "")))
    }

    /// `GET /capabilities`: what this daemon does (§2.3). Go by ``DaemonCapabilities/supports(_:)``, never by the mode.
    public func capabilities() async throws -> DaemonCapabilities {
        try DaemonCapabilities(try await object(of: DaemonCall("GET", "/capabilities")))
    }
}
