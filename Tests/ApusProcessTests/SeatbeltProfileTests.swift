import ApusCore
import Testing

@testable import ApusProcess

@Suite struct SeatbeltProfileTests {
    private static let head = """
        (version 1)
        (allow default)
        (deny file-write*)
        (deny signal (target others))
        (deny process-info* (target others))
        (deny mach-priv* system-privilege job-creation nvram*)
        (deny file-write-setugid)
        (allow file-write* (regex #"^/dev/(null|zero|tty|ptmx|dtracehelper|fd/|ttys[0-9]+)"))

        """

    private func profile(_ change: (inout Confinement) -> Void) -> String {
        var confinement = Confinement(level: .off, maximumProcesses: 10, maximumWrittenBytes: 10)
        change(&confinement)
        return SeatbeltProfile.text(for: confinement)
    }

    @Test func withoutAnythingGivenOnlyReadingIsLeft() {
        #expect(profile { _ in } == Self.head + "(deny network*)\n")
    }

    @Test func longerPlacesComeLaterAndTheStricterWordAboutOnePlaceLast() {
        let text = profile {
            $0.writable = ["/Users/a/work", "/Users/a"]
            $0.protected = ["/Users/a/work/.git/hooks", "/Users/a"]
            $0.hidden = ["/Users/a/.ssh"]
            $0.visible = ["/Users/a/.ssh/known_hosts"]
            $0.temporary = "/tmp/s"
        }
        #expect(
            text == Self.head + """
                (allow file-write* (subpath "/tmp/s"))
                (allow file-write* (subpath "/Users/a"))
                (deny file-write* (subpath "/Users/a"))
                (allow file-write* (subpath "/Users/a/work"))
                (deny file-read* file-write* (subpath "/Users/a/.ssh"))
                (deny file-write* (subpath "/Users/a/work/.git/hooks"))
                (allow file-read* (subpath "/Users/a/.ssh/known_hosts"))
                (deny network*)

                """)
    }

    @Test func withANetworkOnlyTheNamedSocketsAreReached() {
        let text = profile {
            $0.network = .open
            $0.sockets = ["/private/tmp/agent"]
        }
        #expect(
            text == Self.head + """
                (deny network* (local unix-socket) (remote unix-socket))
                (allow network* (remote unix-socket (path-literal "/private/tmp/agent")))

                """)
    }

    @Test func aPathCannotBreakOutOfItsString() {
        #expect(profile { $0.hidden = [#"/a") (allow file-write*) (x "\"#] }.contains(#"(subpath "/a\") (allow file-write*) (x \"\\"))"#))
    }
}
