import ApusBase
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct BackgroundFolderTests {
    @Test(
        arguments: [
            ("code 0\n", "code 0"), ("code 3\n", "code 3"), ("signal 15 asked\n", "signal 15, asked to end"),
            ("code 143 asked\n", "code 143, asked to end"), ("", nil), ("code", nil), ("code x\n", nil), ("other 1\n", nil),
        ] as [(String, String?)])
    func theKeepersWordIsRead(text: String, words: String?) {
        #expect(BackgroundFolder.words(text) == words)
    }

    @Test func onlyOldFoldersOfNobodyAreRemoved() throws {
        let bench = Bench()
        let parent = bench.path + "/jobs"
        let old = try BackgroundFolder.make("bg_old", in: parent)
        let locked = try BackgroundFolder.make("bg_locked", in: parent)
        let young = try BackgroundFolder.make("bg_young", in: parent)
        mkdir(parent + "/other", 0o700)
        for folder in [old, locked, young] { fclose(fopen(folder + "/output.log", "w")) }
        let keeper = open(locked, O_RDONLY)
        defer { close(keeper) }
        #expect(flock(keeper, LOCK_SH) == 0)
        var times = [timespec(), timespec()]
        times[0].tv_sec = time(nil) - BackgroundFolder.maximumAge - 60
        times[1] = times[0]
        for folder in [old, locked, parent + "/other"] { #expect(utimensat(AT_FDCWD, folder, times, 0) == 0) }
        _ = try BackgroundFolder.make("bg_new", in: parent)
        #expect(names(in: parent) == ["bg_locked", "bg_new", "bg_young", "other"])
    }

    @Test func aLinkInPlaceOfTheFolderIsRefused() {
        let bench = Bench()
        symlink("/tmp", bench.path + "/jobs")
        #expect(throws: BackgroundFolder.Fault.self) { try BackgroundFolder.make("bg_x", in: bench.path + "/jobs") }
    }
}
