import CSandbox
import Testing

@testable import ApusProcess

#if canImport(Glibc)
    import Glibc
#endif

extension RealProcesses {
    /// The keeper itself, spoken to byte by byte.
    @Suite(.timeLimit(.minutes(5)))
    struct KeeperProtocolTests {
        struct Report: Hashable {
            var kind: Int
            var detail: Int
            var value: Int
        }

        /// Sends the frame and the end of the stream, and returns what the keeper says until it leaves.
        func converse(_ frame: [UInt8], thenLeave: Bool = true) async throws -> [Report] {
            var channel = try KeeperChannel(path: Built.keeper, frame: frame)
            if thenLeave { shutdown(channel.control, Int32(SHUT_WR)) }
            var reports: [Report] = []
            let isOver = await eventually {
                let reading = channel.readReports()
                reports += reading.reports.map { Report(kind: Int($0.kind), detail: Int($0.detail), value: Int($0.value)) }
                return reading.isOver
            }
            #expect(isOver)
            channel.closeControl()
            #expect(await eventually { channel.reap() })
            return reports
        }

        let request = ProcessRequest(executable: "/bin/echo", arguments: ["a", "bc"], environment: ["N": "V"], workingDirectory: "/")

        @Test func reportsStartEndAndAnEmptyTreeInThisOrder() async throws {
            let reports = try await converse(launchFrame(request), thenLeave: false)
            #expect(reports.map(\.kind) == [APUS_REPORT_STARTED, APUS_REPORT_ENDED, APUS_REPORT_CLEARED].map { Int($0) })
            #expect(reports.dropFirst().map(\.detail) == [0, 1])
        }

        @Test(arguments: [Int(APUS_POLICY_LINGER), 0, 9])
        func aPolicyItDoesNotHaveIsRefused(policy: Int) async throws {
            let reports = try await converse(launchFrame(request, policy: policy))
            #expect(reports == [Report(kind: Int(APUS_REPORT_FAILED), detail: Int(APUS_STEP_POLICY), value: Int(ENOTSUP))])
        }

        @Test func aRequestFromAnotherBuildIsRefused() async throws {
            var frame = try launchFrame(request)
            frame[0] ^= 0xFF
            #expect(
                try await converse(frame) == [Report(kind: Int(APUS_REPORT_FAILED), detail: Int(APUS_STEP_REQUEST), value: Int(EPROTO))])
        }

        @Test func aBodyOverTheLimitIsRefusedUnread() async throws {
            var frame = try launchFrame(request)
            frame.replaceSubrange(4..<8, with: withUnsafeBytes(of: UInt32(APUS_LAUNCH_LIMIT) + 1) { Array($0) })
            #expect(try await converse(frame) == [Report(kind: Int(APUS_REPORT_FAILED), detail: Int(APUS_STEP_REQUEST), value: Int(E2BIG))])
        }

        @Test func wallBytesThatAreNoWallAreRefused() async throws {
            var frame = try launchFrame(request) + [1]
            frame[4] += 1
            frame[24] = 1
            let reports = try await converse(frame, thenLeave: false)
            #expect(reports.first == Report(kind: Int(APUS_REPORT_FAILED), detail: Int(APUS_STEP_WALL), value: Int(EBADMSG)))
        }

        @Test func everyCutOfARequestEndsTheKeeper() async throws {
            let frame = try launchFrame(request)
            for count in 0..<frame.count {
                let reports = try await converse(Array(frame[..<count]))
                #expect(
                    reports == [Report(kind: Int(APUS_REPORT_FAILED), detail: Int(APUS_STEP_REQUEST), value: Int(EPIPE))], "cut at \(count)"
                )
            }
        }

        @Test func everyDamagedLengthOrCountIsRefused() async throws {
            let whole = try launchFrame(request)
            // The body's length, the two counts, the wall's length, and the length of the first string.
            for offset in [4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 32, 33, 34, 35] {
                var frame = whole
                frame[offset] ^= 0x80
                let reports = try await converse(frame)
                #expect(reports.first?.kind == Int(APUS_REPORT_FAILED), "byte \(offset)")
            }
        }
    }
}
