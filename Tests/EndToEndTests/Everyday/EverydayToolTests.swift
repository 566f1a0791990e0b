#if os(Linux)
    import ApusBase
    import ApusTestServer
    import Foundation
    import Testing

    /// Programs that talk to others or bring much with them: git over SSH, packages in a virtual environment, a server on loopback.
    @Suite(.timeLimit(.minutes(10))) struct EverydayToolTests {
        @Test(.enabled(if: SSHServer.isInstalled, "openssh-server is not installed"))
        func gitTalksToItsRemotesThroughTheAgent() async throws {
            let home = try TemporaryHome()
            home.remove()
            let pulling = [
                EverydayCommand("git clone -q REMOTE clone && ls clone", "README.md"), EverydayCommand("git -C clone fetch"),
                EverydayCommand("git -C clone pull -q --ff-only && git -C clone log --oneline | wc -l", "2"),
                EverydayCommand("cat ~/.ssh/id_ed25519 2>&1 || echo hidden", ""),
            ].dropLast()
            let pushing = [
                EverydayCommand(
                    "git -C clone commit -q --allow-empty -m third && git -C clone push -q && git ls-remote REMOTE | head -1", "HEAD"),
                EverydayCommand("git -C clone push -q --force origin HEAD:refs/heads/other && git ls-remote REMOTE other | wc -l", "1"),
            ]
            try await withRemote(Array(pulling), "medium")
            try await withRemote(Array(pulling) + pushing, "high")
        }

        private func withRemote(_ commands: [EverydayCommand], _ level: String) async throws {
            // The address is known once the server runs; the script must be known before.
            try await withStage(
                .anthropic,
                script: { home in Stage.script(commands.map { $0.replacing("REMOTE", with: "remote:\(home.root)/remote.git") }) }
            ) { stage in
                try await stage.home.makeProject()
                _ = try await stage.home.git(["init", "-q", "--bare", "-b", "main", "\(stage.home.root)/remote.git"])
                _ = try await stage.home.git(["push", "-q", "\(stage.home.root)/remote.git", "main"])
                try await withSSHServer(stage.home) { server in
                    let path = "\(stage.home.user)/.gitconfig"
                    let text = try String(contentsOfFile: path, encoding: .utf8)
                    try (text + "[url \"\(server.address)/\"]\n\tinsteadOf = remote:/\n").write(
                        toFile: path, atomically: false, encoding: .utf8)
                    try await stage.run(commands, ["--auto", level], environment: ["SSH_AUTH_SOCK": server.agentSocket])
                }
            }
        }

        private static let hasVirtualEnvironments: Bool = {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
            process.arguments = ["-c", "import ensurepip, venv"]
            process.standardError = FileHandle.nullDevice
            do { try process.run() } catch { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }()

        @Test(.enabled(if: hasVirtualEnvironments, "python3-venv is not installed"))
        func packagesAreInstalledIntoAVirtualEnvironment() async throws {
            let commands = [
                EverydayCommand("python3 wheel.py && ls *.whl", "demo_package-1.0-py3-none-any.whl"),
                EverydayCommand("python3 -m venv .venv && ls .venv/bin/pip", "pip"),
                EverydayCommand(".venv/bin/pip install -q --no-index --disable-pip-version-check ./demo_package-1.0-py3-none-any.whl"),
                EverydayCommand(".venv/bin/python -c 'import demo_package; print(demo_package.answer)'", "42"),
                EverydayCommand("source .venv/bin/activate && pip list --format=freeze 2>/dev/null | grep demo", "demo"),
            ]
            try await withStage(.anthropic, Stage.script(commands)) { stage in
                try await stage.home.makeProject()
                // A wheel by hand, so that nothing is fetched.
                try stage.home.write(
                    """
                    import zipfile
                    name = 'demo_package-1.0'
                    with zipfile.ZipFile(name + '-py3-none-any.whl', 'w') as wheel:
                        wheel.writestr('demo_package.py', 'answer = 42\\n')
                        wheel.writestr(name + '.dist-info/METADATA', 'Metadata-Version: 2.1\\nName: demo-package\\nVersion: 1.0\\n')
                        wheel.writestr(name + '.dist-info/WHEEL', 'Wheel-Version: 1.0\\nGenerator: demo\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n')
                        wheel.writestr(name + '.dist-info/RECORD', '')

                    """, to: "wheel.py")
                try await stage.run(commands, ["--auto", "medium"])
            }
        }
    }

    extension EverydayCommand {
        fileprivate func replacing(_ word: String, with text: String) -> EverydayCommand {
            var changed = self
            changed.command = command.replacingOccurrences(of: word, with: text)
            return changed
        }
    }

    /// A build by the package manager takes a whole core for long, so it runs with the heavy ones.
    @Suite(.serialized) struct HeavyEverydayTests {
        @Test func aSmallPackageIsBuiltAndRun() async throws {
            let commands = [
                EverydayCommand("swift build 2>&1 | tail -1", "Build complete!"), EverydayCommand(".build/debug/Demo", "built"),
                EverydayCommand("swift package describe | head -1", "Demo"),
            ]
            try await withStage(.anthropic, Stage.script(commands)) { stage in
                try stage.home.write(
                    """
                    // swift-tools-version:6.0
                    import PackageDescription
                    let package = Package(name: "Demo", targets: [.executableTarget(name: "Demo")])

                    """, to: "Package.swift")
                try stage.home.write("print(\"built\")\n", to: "Sources/Demo/main.swift")
                try await stage.home.commitEverything()
                let swift = try #require(ProcessInfo.processInfo.environment["PATH"])
                try await stage.run(commands, ["--auto", "medium"], environment: ["PATH": swift])
            }
        }
    }
#endif
