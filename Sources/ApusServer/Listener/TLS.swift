import NIOSSL

/// TLS for listeners that are reachable from elsewhere.
enum TLS {
    static func context(_ setting: TLSSetting?) throws(ListenerError) -> NIOSSLContext? {
        guard let setting else { return nil }
        let chain: [NIOSSLCertificate]
        do {
            chain = try NIOSSLCertificate.fromPEMFile(setting.certificatePath)
        } catch {
            throw ListenerError(.certificate, "\(setting.certificatePath) is no certificate in PEM form that can be read (--tls-cert).")
        }
        do {
            let key = try NIOSSLPrivateKey(file: setting.keyPath, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw ListenerError(
                .certificate, "\(setting.keyPath) is no key in PEM form that belongs to \(setting.certificatePath) (--tls-key).")
        }
    }
}
