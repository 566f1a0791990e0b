import ApusBase
import Testing

@testable import ApusDaemon

/// What is wanted of a listener of the Opta protocol, and who else is served by it.
@Suite struct OptaPlaceTests {
    private static func place(_ change: (inout OptaPlace) -> Void = { _ in }) -> OptaPlace {
        var place = OptaPlace(directory: "/work")
        change(&place)
        return place
    }

    @Test func theControlSocketTellsAllOfIt() {
        let places = [
            Self.place(),
            Self.place {
                $0.isDirectoryNamed = true
                $0.home = "/home/a b/opta"
                $0.takesAnotherPort = true
                $0.headroomBytes = 0
            },
        ]
        for place in places {
            var request = PortRequest(.opta(place), host: "::1", port: 9_999)
            request.allowedHosts = ["name"]
            guard case .listen(let read)? = ControlRequest(ControlRequest.listen(request).json) else {
                Issue.record("not understood: \(place)")
                continue
            }
            #expect(read == request)
        }
        #expect(ControlRequest(["op": "serve-opta", "host": "::1", "port": 1, "opta": ["directory": "relative"]]) == nil)
    }

    @Test func whoNamesNoFolderIsServedByAny() {
        let open = Self.place { $0.home = "/opta" }
        #expect(open.serves(OptaPlace(directory: "/elsewhere")))
        #expect(open.serves(Self.place { $0.home = "/opta" }))
        #expect(!open.serves(Self.place { $0.home = "/another" }))
        let named = OptaPlace(directory: "/elsewhere")
        #expect(!open.serves(Self.named(named)))
        #expect(!Self.place().serves(open))
    }

    private static func named(_ place: OptaPlace) -> OptaPlace {
        var place = place
        place.isDirectoryNamed = true
        return place
    }

    @Test func everyDaemonIsAnother() throws {
        let (one, other) = (OptaIdentity(), OptaIdentity())
        #expect(one.token.wholeMatch(of: /[0-9a-f]{48}/) != nil && one.token != other.token)
        #expect(one.daemonID.wholeMatch(of: /daemon_[A-Za-z0-9_-]{8}/) != nil && one.daemonID != other.daemonID)
    }

    @Test func withoutAPortAnotherWillDo() throws {
        var options = OptaOptions(.usual, host: "127.0.0.1", workingDirectory: "/")
        #expect(try Self.read(options) == (9_999, true, 64 << 20))
        options.port = .named(9_999)
        #expect(try Self.read(options, ["OPTA_DISK_HEADROOM_MB": "1"]) == (9_999, false, 1 << 20))
        options.workspace = "/nowhere/at/all"
        #expect(throws: QwenOptions.BootError.self) { try options.request(environment: [:]) }
    }

    private static func read(_ options: OptaOptions, _ environment: [String: String] = [:]) throws -> (Int, Bool, Int) {
        let request = try options.request(environment: environment)
        guard case .opta(let place) = request.kind else { return (0, false, 0) }
        return (request.port, place.takesAnotherPort, place.headroomBytes)
    }
}
