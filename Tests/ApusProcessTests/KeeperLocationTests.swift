import Testing

@testable import ApusProcess

@Suite struct KeeperLocationTests {
    @Test func givenPathIsFoundWhereItIs() throws {
        #expect(try KeeperLocation.path(Built.keeper).find() == Built.keeper)
    }

    @Test func missingKeeperNamesThePlaceAndTheWayOut() {
        let error = #expect(throws: SpawnError.self) { try KeeperLocation.path("/no/keeper").find() }
        #expect(error == .keeperNotFound(looked: ["/no/keeper"]))
        #expect(error?.description == "No apus-keeper at /no/keeper. It is installed beside apus; APUS_KEEPER names another place.")
    }

    @Test(arguments: [("/opt/apus/bin/apus", "/opt/apus/bin/apus-keeper"), ("/apus (deleted)", "/apus-keeper")])
    func keeperIsASiblingOfTheExecutable(executable: String, expected: String) {
        #expect(KeeperLocation.sibling(of: executable) == expected)
    }
}
