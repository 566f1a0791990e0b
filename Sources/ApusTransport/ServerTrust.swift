import NIOSSL

/// Whose certificates a client believes when it speaks TLS. Name and validity are always checked.
public enum ServerTrust: Sendable, Hashable {
    /// Those that the system trusts.
    case system
    /// Those that an authority in this file has signed, and no others; or that stand in it themselves. PEM, read when
    /// a WebSocket is opened, and for HTTP once, at the first request.
    case certificates(file: String)

    /// - Returns: `nil` when the system's are meant.
    /// - Throws: ``Problem`` when there is no such file, or nothing of the kind in it.
    func configuration() throws(Problem) -> TLSConfiguration? {
        guard case .certificates(let file) = self else { return nil }
        do {
            let certificates = try NIOSSLCertificate.fromPEMFile(file)
            if certificates.isEmpty { throw Problem(description: "\(file) has no certificate in PEM form") }
            var configuration = TLSConfiguration.makeClientConfiguration()
            configuration.trustRoots = .certificates(certificates)
            return configuration
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: "\(file) has no certificate that can be read, in PEM form: \(error)")
        }
    }

    /// Why nobody can be believed.
    struct Problem: Error, Hashable, CustomStringConvertible {
        let description: String
    }
}
