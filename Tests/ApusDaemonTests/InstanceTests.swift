import Foundation
import Testing

@testable import ApusDaemon

/// One daemon a home, and its files.
@Suite struct InstanceTests {
    private let home: TemporaryHome

    init() throws { home = try TemporaryHome() }

    @Test func theLockIsHadOnce() throws {
        try home.folder.make()
        #expect(!InstanceLock.isHeld(home.folder))
        let first = try InstanceLock.take(home.folder)
        let isHeld = first != nil
        #expect(isHeld)
        #expect(InstanceLock.isHeld(home.folder))
        let second = try InstanceLock.take(home.folder)
        let isRefused = second == nil
        #expect(isRefused)
        _ = consume first
        #expect(!InstanceLock.isHeld(home.folder))
    }

    /// Asking whether a daemon lives shares the lock for a moment.
    @Test func whoOnlyAsksIsNotTakenForADaemon() async throws {
        try home.folder.make()
        let folder = home.folder
        let refusals = await withTaskGroup(of: Int.self) { group in
            for _ in 0..<3 {
                group.addTask {
                    while !Task.isCancelled {
                        _ = InstanceLock.isHeld(folder)
                        await Task.yield()
                    }
                    return 0
                }
            }
            group.addTask {
                var refusals = 0
                for _ in 0..<300 {
                    do throws(DaemonFileError) {
                        let lock = try InstanceLock.take(folder)
                        if lock == nil { refusals += 1 }
                        _ = consume lock
                    } catch {
                        refusals += 1
                    }
                    await Task.yield()
                }
                return refusals
            }
            // The one that counts ends by itself.
            var refusals = 0
            for await count in group {
                refusals += count
                group.cancelAll()
            }
            return refusals
        }
        #expect(refusals == 0)
    }

    @Test func aLockThatCannotBeOpenedIsSaid() throws {
        try home.folder.make()
        try FileManager.default.createDirectory(atPath: home.folder.lock, withIntermediateDirectories: false)
        #expect(throws: DaemonFileError("The lock \(home.folder.lock) cannot be used: it is no regular file.")) {
            _ = try InstanceLock.take(home.folder)
        }
    }

    @Test func aFolderThatOthersMayEnterIsClosed() throws {
        try FileManager.default.createDirectory(atPath: home.folder.path, withIntermediateDirectories: true)
        chmod(home.folder.path, 0o777)
        try home.folder.make()
        #expect(try TemporaryHome.mode(of: home.folder.path) == 0o700)
    }

    @Test func aDeepHomeHasAControlSocketAllTheSame() throws {
        let deep = DaemonFolder(home: home.path + "/" + String(repeating: "d", count: 150))
        try deep.make()
        #expect(try deep.controlAddress().utf8.count <= 100)
        #expect(try home.folder.controlAddress().hasSuffix("/control.sock"))
    }

    @Test func filesAreReplacedWhole() throws {
        let path = home.path + "/file"
        try OwnerFile.write(Array("one".utf8), to: path)
        try OwnerFile.write(Array("two".utf8), to: path)
        #expect(try OwnerFile.read(path) == Array("two".utf8))
        #expect(try TemporaryHome.mode(of: path) == 0o600)
        #expect(try FileManager.default.contentsOfDirectory(atPath: home.path) == ["file"])
        #expect(try OwnerFile.read(home.path + "/none") == nil)
    }

    @Test func aLinkInThePlaceOfAFileIsNotFollowed() throws {
        let target = home.path + "/target"
        try OwnerFile.write(Array("kept".utf8), to: target)
        let path = home.path + "/link"
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: target)
        try OwnerFile.write(Array("new".utf8), to: path)
        #expect(try OwnerFile.read(target) == Array("kept".utf8))
        #expect(try OwnerFile.read(path) == Array("new".utf8))
    }

    @Test func theSystemdUnitKeepsEveryWord() {
        let unit = ServiceUnit(
            program: "/opt/my apus/apus", environment: ["HOME": "/home/u", "APUS_HOME": "/home/u/a\"b%c$d"], words: ["--port", "1"],
            isLaunchd: false)
        #expect(unit.path == "/home/u/.config/systemd/user/apus.service")
        #expect(unit.text.contains("\nExecStart=\"/opt/my apus/apus\" \"daemon\" \"run\" \"--port\" \"1\"\n"))
        #expect(unit.text.contains("\nEnvironment=\"APUS_HOME=/home/u/a\\\"b%%c$$d\"\n"))
        let elsewhere = ServiceUnit(
            program: "/a", environment: ["HOME": "/home/u", "XDG_CONFIG_HOME": "/c", "APUS_HOME": "relative"], words: [], isLaunchd: false)
        #expect(elsewhere.path == "/c/systemd/user/apus.service")
        #expect(!elsewhere.text.contains("APUS_HOME"))
    }

    @Test func theLaunchdPlistEscapesItsText() throws {
        let unit = ServiceUnit(
            program: "/a&b", environment: ["HOME": "/Users/u", "APUS_HOME": "/h<1>"], words: ["--port", "1"], isLaunchd: true)
        #expect(unit.path == "/Users/u/Library/LaunchAgents/dev.apus.daemon.plist")
        let plist = try PropertyListSerialization.propertyList(from: Data(unit.text.utf8), format: nil) as? [String: Any]
        #expect(plist?["ProgramArguments"] as? [String] == ["/a&b", "daemon", "run", "--port", "1"])
        #expect(plist?["EnvironmentVariables"] as? [String: String] == ["APUS_HOME": "/h<1>"])
        #expect(plist?["RunAtLoad"] as? Bool == true)
    }
}
