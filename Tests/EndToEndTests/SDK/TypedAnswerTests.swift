import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Answers that are Swift values, from the prompt to the daemon's check and back.
@Suite struct TypedAnswerTests {
    enum Severity: String, Decodable, CaseIterable, Sendable { case low, high }

    struct Finding: Decodable, Sendable, Equatable {
        var file: String
        var line: Int?
        var severity: Severity
        var since: Date
    }

    struct Report: Decodable, Sendable, Equatable {
        var findings: [Finding]
    }

    /// The daemon holds the model to the schema that the type has: the first answer is given back with what is wrong.
    @Test func theSchemaOfTheTypeIsTheDaemonsToCheck() async throws {
        let wrong = #"{"findings":[{"file":"a.swift","severity":"dire","since":"2026-01-02T03:04:05Z"}]}"#
        let right = #"{"findings":[{"file":"a.swift","severity":"high","since":"1970-01-01T00:00:05Z"}]}"#
        try await withConnection([.text(.piece(wrong)), .text(.piece(right))]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let report = try await session.stream("Review it.", as: Report.self).output()
                let finding = Finding(file: "a.swift", line: nil, severity: .high, since: Date(timeIntervalSince1970: 5))
                #expect(report == Report(findings: [finding]))
            }
            let requests = stage.stage.server.modelRequests
            #expect(requests.count == 2)
            #expect(requests.last?.tells("Review it.", "dire", "/findings/0/severity") == true)
        }
    }
}
