import ApusBase
import Foundation
import Testing

@testable import DroidWire

@Suite struct DroidMethodTests {
    @Test func everyMethodHasOneRow() {
        #expect(DroidMethod.table.map(\.method) == DroidMethod.allCases)
    }

    @Test func everyRowHasTheParamsOfItsMethod() {
        for entry in DroidMethod.table {
            if let params = entry.params { #expect(params.method == entry.method) }
        }
    }

    /// The first four columns of the table in the documentation.
    @Test func theDocumentationSaysTheSame() throws {
        let document = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
            .appending(path: "docs/protocols/droid.md")
        let rows = try String(contentsOf: document, encoding: .utf8).split(separator: "\n").filter { $0.hasPrefix("| `") }
        let documented = rows.map { row in
            row.split(separator: "|", omittingEmptySubsequences: false).dropFirst().prefix(4)
                .map { $0.trimmingCharacters(in: .whitespaces) }
        }
        let known = DroidMethod.table.map { entry in
            let families = DroidFamily.allCases.filter { entry.families.contains($0) }.map { $0 == .exec ? "exec" : "daemon" }
            let scope =
                switch entry.scope {
                case .connection: "none"
                case .session: "in front"
                case .ownSession: "in the params"
                case .anySession: "may be"
                }
            return ["`\(entry.method.rawValue)`", families.joined(separator: ", "), scope, "\(entry.timeout.components.seconds)"]
        }
        #expect(documented == known)
    }

    static let names: [(String, DroidMethod?, DroidFamily?)] = [
        ("droid.initialize_session", .initializeSession, .exec), ("daemon.initialize_session", .initializeSession, .daemon),
        ("daemon.relay.get_status", .relayGetStatus, .daemon), ("daemon.create_pr", .createPR, .daemon),
        ("droid.list_models", .listModels, .exec), ("initialize_session", nil, nil), ("daemon.", nil, nil), ("daemon", nil, nil),
        ("daemon.dance", nil, nil), ("Daemon.logout", nil, nil), ("daemon.daemon.logout", nil, nil), ("", nil, nil),
    ]

    @Test(arguments: names)
    func aNameOnTheWireIsAMethodAndAFamily(name: String, method: DroidMethod?, family: DroidFamily?) {
        let found = DroidMethod.named(name)
        #expect(found?.method == method)
        #expect(found?.family == family)
        if let method, let family { #expect(method.wireName(family) == name) }
    }

    @Test func theTimeOutsAreThoseOfTheProtocol() {
        let slow = DroidMethod.table.filter { $0.timeout != .seconds(30) }
        #expect(
            Dictionary(uniqueKeysWithValues: slow.map { ($0.method, $0.timeout) }) == [
                .initializeSession: .seconds(60), .loadSession: .seconds(60), .getRewindInfo: .seconds(60), .executeRewind: .seconds(60),
                .compactSession: .seconds(240), .resumeEvents: .seconds(60), .authenticateMcpServer: .seconds(300),
            ])
    }

    @Test func tokensAndQuestionsAreOfTwoMethodsEach() {
        #expect(DroidMethod.table.filter(\.needsToken).map(\.method) == [.initializeSession, .loadSession])
        #expect(DroidMethod.table.filter(\.isOfServer).map(\.method) == [.requestPermission, .askUser])
    }

    static let schedules: [(DroidRetrySchedule, [Int])] = [
        (.standard, [500, 1_000, 2_000, 4_000, 5_000]),
        (.computer, [2_000, 4_000, 8_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000, 10_000]),
    ]

    @Test(arguments: schedules)
    func retriesWaitTwiceAsLongEachTime(schedule: DroidRetrySchedule, pauses: [Int]) {
        #expect((0..<schedule.retries).map { schedule.pause(before: $0) } == pauses.map { .milliseconds($0) })
        #expect(schedule.pause(before: Int.max) == schedule.longest)
    }
}
