/// The daemon as a service of its user.
package struct ServiceUnit: Hashable, Sendable {
    package let path: String
    package let text: String
    package let switchOn: String

    /// - Parameter words: of `apus daemon run`.
    package init(environment: [String: String], words: [String]) throws(DaemonFileError) {
        #if os(macOS)
            let isLaunchd = true
        #else
            let isLaunchd = false
        #endif
        self.init(program: try OwnExecutable.path(), environment: environment, words: words, isLaunchd: isLaunchd)
    }

    init(program: String, environment: [String: String], words: [String], isLaunchd: Bool) {
        let home = environment["HOME"] ?? ""
        // A home of its own is kept; a relative one would mean another place there.
        let apusHome = environment["APUS_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil }
        let command = [program, "daemon", "run"] + words
        if isLaunchd {
            path = "\(home)/Library/LaunchAgents/dev.apus.daemon.plist"
            text = Self.plist(command, apusHome)
            switchOn = "launchctl bootstrap gui/$(id -u) \(path)"
        } else {
            let folder = environment["XDG_CONFIG_HOME"].flatMap { $0.hasPrefix("/") ? $0 : nil } ?? home + "/.config"
            path = "\(folder)/systemd/user/apus.service"
            text = Self.unit(command, apusHome)
            switchOn = "systemctl --user daemon-reload && systemctl --user enable --now apus"
        }
    }

    package func write() throws(DaemonFileError) {
        guard path.hasPrefix("/"), let slash = path.lastIndex(of: "/") else {
            throw DaemonFileError("HOME is not set, so there is no place for the service. Print it with --print.")
        }
        try OwnerFile.makeFolder(String(path[..<slash]))
        try OwnerFile.write(Array(text.utf8), to: path)
    }

    /// Commands that a session has put into the background outlive the daemon, as they outlive any other process of ours.
    private static func unit(_ command: [String], _ apusHome: String?) -> String {
        let home = apusHome.map { "Environment=\(systemd("APUS_HOME=" + $0))\n" } ?? ""
        return """
            [Unit]
            Description=Apus, a coding agent
            After=network.target

            [Service]
            ExecStart=\(command.map(systemd).joined(separator: " "))
            \(home)KillMode=process
            TimeoutStopSec=10
            Restart=on-failure
            RestartSec=2
            UMask=0077

            [Install]
            WantedBy=default.target

            """
    }

    private static func plist(_ command: [String], _ apusHome: String?) -> String {
        let arguments = command.map { "        <string>\(xml($0))</string>\n" }.joined()
        let home = apusHome.map {
            "    <key>EnvironmentVariables</key>\n    <dict>\n        <key>APUS_HOME</key>\n        <string>\(xml($0))</string>\n    </dict>\n"
        }
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
            <plist version="1.0">
            <dict>
                <key>Label</key>
                <string>dev.apus.daemon</string>
                <key>ProgramArguments</key>
                <array>
            \(arguments)    </array>
            \(home ?? "")    <key>RunAtLoad</key>
                <true/>
                <key>KeepAlive</key>
                <dict>
                    <key>SuccessfulExit</key>
                    <false/>
                </dict>
            </dict>
            </plist>

            """
    }

    /// One word of a unit file: quoted, and without specifiers and variables.
    private static func systemd(_ word: String) -> String {
        var text = ""
        for character in word {
            switch character {
            case "\\", "\"": text += "\\\(character)"
            case "%": text += "%%"
            case "$": text += "$$"
            default: text.append(character)
            }
        }
        return "\"\(text)\""
    }

    private static func xml(_ text: String) -> String {
        text.map { character in
            switch character {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            default: String(character)
            }
        }.joined()
    }
}
