import ApusBase
import DroidWire
import Testing

@Suite struct DroidErrorCodeTests {
    @Test func theCodesAreThoseThatEveryClientKnows() {
        #expect(DroidErrorCode.known.map(\.number) == [-32700, -32600, -32601, -32602, -32603, -32001, -32004, -32005])
    }

    @Test func aCodeOfAnotherServerIsKept() throws {
        #expect(try DroidErrorCode(from: -32_099, .lenient) == .unknown(-32_099))
        #expect(DroidErrorCode.unknown(-32_099).json == "-32099")
        #expect(DroidErrorCode(number: -32_004) == .entityNotFound)
    }
}
