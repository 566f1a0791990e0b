import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Assertion 23 on the real executable: a daemon whose home is on a small file system of its own.
@Suite struct OptaDiskTests {
    private static let apart = getuid() == 0 ? "unshare --mount" : "unshare --user --map-root-user --mount"

    /// Containers may forbid it.
    private static let canMount: Bool = {
        let shell = Process()
        shell.executableURL = URL(fileURLWithPath: "/bin/sh")
        shell.arguments = ["-c", "exec \(apart) mount -t tmpfs -o size=1m none /tmp 2>/dev/null"]
        // What cannot be started can do nothing.
        do { try shell.run() } catch { return false }
        shell.waitUntilExit()
        return shell.terminationStatus == 0
    }()

    /// Becomes the executable on a home of eight megabytes that has what the other one had.
    private static func script(_ executable: ApusExecutable) -> String {
        """
        #!/bin/sh
        exec \(apart) sh -c 'cp -a "$APUS_HOME" "$APUS_HOME.kept" && mount -t tmpfs -o size=8m,mode=700 none "$APUS_HOME" &&
        cp -a "$APUS_HOME.kept/." "$APUS_HOME" && exec "$0" "$@"' '\(executable.path)' "$@"
        """
    }

    /// Takes what is left, page by page at the end.
    private static func fill(_ path: String) {
        let descriptor = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        for size in [1 << 20, 1 << 16, 1 << 12] {
            let bytes = [UInt8](repeating: 0x2E, count: size)
            while write(descriptor, bytes, size) == size {}
        }
    }

    @Test(.opta(23), .enabled(if: canMount, "needs mount namespaces")) func aDiskThatIsFullIsSaidAndWithSpaceItGoesOn() async throws {
        try await withStage(.anthropic, .always(.text("Done."))) { stage in
            let path = "\(stage.home.scratch)/on-a-small-disk"
            try Self.script(stage.executable).write(toFile: path, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: path)
            let small = Stage(executable: ApusExecutable(path: path), home: stage.home, server: stage.server)
            let served = try await OptaServed.start(small)
            defer { served.running.process.send(SIGKILL) }
            let session = try await served.session()
            #expect(try await served.run(session).text == "Done.")

            let filler = "/proc/\(served.running.process.pid)/root\(stage.home.apus)/filler"
            Self.fill(filler)
            let text = String(repeating: "long ", count: 4_000)
            let full = try await served.call("POST /v3/sessions/\(session)/turns", OptaServed.turn(text))
            #expect(full.status == 507 && full.body.objectValue?.keys == ["error"], "\(full.text)")
            #expect(full.body["error"]?.stringValue?.contains("cannot grow") == true, "\(full.text)")
            try #require(unlink(filler) == 0)
            #expect(try await served.run(session).text == "Done.")
        }
    }
}
