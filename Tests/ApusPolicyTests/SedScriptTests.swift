import Testing

@testable import ApusPolicy

@Suite struct SedScriptTests {
    @Test(arguments: [
        ("1,5p", SedScript.Outcome.reads), ("s/a/b/g;s/c/d/2", .reads), ("/x/,/y/d", .reads), ("$!N;P;D", .reads),
        ("/a/{s/b/c/;p}", .reads),
        ("y/abc/xyz/", .reads), ("1~2d", .reads), ("s|/a|/b|", .reads), ("a\\\nhello", .reads), ("5q", .reads),
        ("s/a/b/w out", .writes(["out"])),
        ("w out.txt", .writes(["out.txt"])), ("1e id", .runs), ("s/a/id/e", .runs), ("s/a/b/ge", .runs), ("r secret", .unknown),
        ("1,", .unknown),
        ("s/[/]/x/e", .unknown), ("s/a", .unknown), ("k", .unknown), ("/x/e", .runs), ("s/a/b/;e", .runs), ("y/a/b/;e id", .runs),
    ])
    func onlyWhatPrintsIsReading(script: String, outcome: SedScript.Outcome) { #expect(SedScript.judge(script) == outcome) }

    @Test(arguments: [
        ("{print $1}", AwkProgram.Outcome.reads), ("/a|b/ {n++} END {print n}", .reads), ("$1 == \"x|y\"", .reads), ("a || b", .reads),
        ("{print > \"out\"}", .writes), ("$1 > 5", .reads), ("{print $1 > 5}", .writes), ("{print 1,\n2 > \"o\"}", .writes),
        ("$1 >= 2 {print}", .reads), ("{getline x < \"f\"}", .writes), ("BEGIN{system(\"id\")}", .runs),
        ("{print | \"sh\"}", .runs), ("{\"id\" | getline x}", .runs), ("BEGIN{x = 4 / 2; system(\"id\") / 1}", .runs),
        ("@load \"x\"", .runs),
        ("BEGIN{s=\"/inet/tcp/0/h/80\"}", .runs), ("x /system(\"id\")/ 1", .runs), ("{x = \"a\\\"\" ; system(\"id\")}", .runs),
        ("{print ENVIRON[\"X\"]}", .writes),
    ])
    func anAwkProgramIsJudgedByItsMarks(program: String, outcome: AwkProgram.Outcome) { #expect(AwkProgram.judge(program) == outcome) }
}
