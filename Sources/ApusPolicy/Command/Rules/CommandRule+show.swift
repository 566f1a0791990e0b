/// Programs that show files and text.
extension CommandRule {
    private static let source = "droid-exec.md §3.6 RO show"
    private static let why = "shows files; the kernel hides secrets from it"

    static let show: [CommandRule] = [
        .use(
            "show.cat", "cat tac rev", .readOnly,
            options:
                "-AbeEnstTuvlrs: --show-all --number-nonblank --show-ends --number --squeeze-blank --show-tabs --show-nonprinting --before --regex --separator= --zero",
            why, source, "cat README.md"),
        .use(
            "show.head", "head", .readOnly, options: "-n:c:qvz -# --lines= --bytes= --quiet --silent --verbose --zero-terminated", why,
            source, "head -n 20 README.md"),
        .use(
            "show.tail", "tail", .readOnly, options: "-n:c:qvz -# --lines= --bytes= --quiet --silent --verbose --zero-terminated", why,
            source, "tail -n 20 README.md"),
        .option(
            "show.tail-follow", "tail", "-fFs: --follow? --retry --pid= --sleep-interval=", .low, "waits for more until it is ended",
            source,
            "tail -f server.log"),
        .use(
            "show.pager", "less more", .readOnly,
            options:
                "-aABcCdeEfFgGiIJmMnNqQrRsSuUVwWXx:y:z:p:l --quit-if-one-screen --RAW-CONTROL-CHARS --no-init --LINE-NUMBERS --chop-long-lines",
            why, source, "less -R README.md"),
        .operand(
            "show.pager-command", "less more", "+*", .high, "starts with a command of the pager, which can be a shell", source,
            "less +!sh README.md"),
        .option(
            "show.pager-writes", "less more", "-o:O:k:t:T:P: --log-file= --LOG-FILE= --lesskey-file= --lesskey-src= --tag= --tag-file=",
            .high,
            "makes the pager write files or take its commands from one", source, "less -o copy.txt README.md"),
        .use(
            "show.bat", "bat batcat", .readOnly,
            options:
                "-ApnrH:l:m:f --plain --number --line-range= --highlight-line= --language= --style= --theme= --color= --paging= --decorations= --wrap= --tabs= --show-all --list-themes --list-languages --diff --file-name= --force-colorization",
            why, source, "bat -p README.md"),
        .option(
            "show.bat-pager", "bat batcat", "--pager= --config-file", .high, "names a program to start", source, "bat --pager=sh README.md"),
        .operand("show.bat-cache", "bat batcat", "cache", .high, "rebuilds the caches of bat", source, "bat cache --build"),
        .use(
            "show.lines", "nl wc cut tr column fold expand unexpand paste comm join fmt pr colrm", .readOnly,
            options:
                "-abcdefhilmnprstuvwxzACDEHLNRTUW123b:c:d:f:o:s:w:t:n:i:l:v:h:j:1:2:a:e: --bytes= --chars --lines --words --max-line-length --fields= --delimiter= --only-delimited --output-delimiter= --complement --delete --squeeze-repeats --truncate --table --separator= --width= --spaces --tabs= --initial --first-only --serial --delimiters= --check-order --nocheck-order --total --zero-terminated --body-numbering= --number-format= --number-width= --ignore-case --header --json --output-separator= --table-columns=",
            why, source, "wc -l README.md"),
        .use(
            "show.sort", "sort", .readOnly,
            options:
                "-bdfghiMnRrVcCmsuzk:t:S: --ignore-leading-blanks --dictionary-order --ignore-case --general-numeric-sort --human-numeric-sort --ignore-nonprinting --month-sort --numeric-sort --random-sort --reverse --version-sort --check? --merge --stable --unique --zero-terminated --key= --field-separator= --buffer-size= --parallel= --batch-size= --sort= --debug",
            why, source, "sort -u names.txt"),
        .option(
            "show.sort-output", "sort", "-o: --output=", .medium, writes: .value, "writes its result to a file", source,
            "sort -o sorted.txt names.txt"),
        .option(
            "show.sort-program", "sort", "-T: --compress-program= --temporary-directory= --random-source= --files0-from=", .high,
            "starts a program, or takes names from a file", source, "sort --compress-program=./x names.txt"),
        .use(
            "show.uniq", "uniq", .readOnly,
            options:
                "-cdDiuzf:s:w: -# --count --repeated --all-repeated? --ignore-case --unique --zero-terminated --skip-fields= --skip-chars= --check-chars= --group?",
            operands: .atMost(1), why, source, "uniq -c names.txt"),
        .use(
            "show.uniq-output", "uniq", .medium, operands: .writes(from: 1), "a second name is a file it writes", source,
            "uniq names.txt once.txt"),
        .use(
            "show.diff", "diff cmp colordiff", .readOnly,
            options:
                "-abBcdeEiHnNpqrstTuwyC:D:F:I:L:S:U:W:x:X:l:n: --brief --unified? --context? --recursive --ignore-all-space --ignore-space-change --ignore-blank-lines --ignore-case --side-by-side --suppress-common-lines --color? --exclude= --exclude-from= --label= --report-identical-files --text --new-file --minimal --width= --from-file= --to-file= --strip-trailing-cr --silent --quiet --verbose --print-bytes --bytes= --no-dereference --show-c-function --side-by-side",
            why, source, "diff -u a.txt b.txt"),
        .option(
            "show.diff-paginate", "diff", "--paginate", .medium, "passes its output to another program", source,
            "diff --paginate a.txt b.txt"),
        .use(
            "show.sdiff", "sdiff diff3", .readOnly,
            options:
                "-abBdEHilsWtw:AeEmTxX3iL: --text --ignore-case --minimal --suppress-common-lines --width= --left-column --merge --label=",
            why,
            source, "sdiff -s a.txt b.txt"),
        .option(
            "show.sdiff-output", "sdiff diff3", "-o: --output= --diff-program=", .high, "writes a file or starts a program", source,
            "sdiff -o merged.txt a.txt b.txt"),
        .use(
            "show.jq", "jq", .readOnly,
            options:
                "-rjaSCMcsnehR --raw-output --join-output --ascii-output --sort-keys --color-output --monochrome-output --compact-output --slurp --null-input --exit-status --raw-input --tab --indent= --arg= --argjson= --args --jsonargs --seq --stream --raw-output0 --help --unbuffered",
            why, source, "jq -r .name package.json"),
        .option(
            "show.jq-modules", "jq", "-f:L: --from-file= --slurpfile= --rawfile= --library-path=", .medium, "takes its program from files",
            source,
            "jq -f filter.jq package.json"),
        .use(
            "show.yq", "yq", .readOnly,
            options:
                "-rjPnNMCceso:p:I: --unwrapScalar --prettyPrint --null-input --no-doc --colors --no-colors --exit-status --output-format= --input-format= --indent= --raw-output --tojson",
            why, source, "yq .name config.yaml"),
        .option(
            "show.yq-in-place", "yq", "-is: --inplace --in-place --split-exp= --from-file= --split-exp-file=", .medium,
            writes: .operands, "changes the files it reads", source,
            "yq -i .a=1 config.yaml"),
        .use(
            "show.bytes", "xxd", .readOnly, options: "-abCdeEiprupsEc:g:l:n:o:s:R:", operands: .atMost(1), why, source, "xxd -l 64 logo.png"
        ),
        .use(
            "show.bytes-output", "xxd", .medium, operands: .writes(from: 1), "a second name is a file it writes", source,
            "xxd -r dump.txt out.bin"),
        .use(
            "show.dump", "hexdump hd od strings", .readOnly,
            options:
                "-abcdfiloCvxXsBDeFhHILOzA:N:j:t:w?n:s:S:T:e: -# --address-radix= --skip-bytes= --read-bytes= --format= --output-duplicates --width? --strings? --bytes= --all --radix= --encoding= --print-file-name --canonical --length= --skip=",
            why, source, "od -c README.md"),
        .option(
            "show.dump-format-file", "hexdump hd", "-f:", .medium, "takes its format from a file", source, "hexdump -f format README.md"),
        .use(
            "show.file", "file", .readOnly,
            options:
                "-bcdEhiIkLnNprsSvzZ0F:P:e: --brief --mime --mime-type --mime-encoding --dereference --no-dereference --keep-going --print0 --raw --separator= --extension --no-pad --uncompress --exclude=",
            why, source, "file logo.png"),
        .option(
            "show.file-magic", "file", "-Cm:f: --compile --magic-file= --files-from=", .high, "compiles or takes rules from a file", source,
            "file -C -m magic"),
        .use(
            "show.stat", "stat", .readOnly,
            options: "-Lftnqrsxc:F:t: --dereference --file-system --format= --printf= --terse --cached=", why, source,
            "stat -c %s README.md"),
        .use(
            "show.sum", "md5sum sha1sum sha224sum sha256sum sha384sum sha512sum shasum b2sum cksum sum md5", .readOnly,
            options:
                "-bctwzqa:rs:UlP0 --binary --check --tag --text --zero --ignore-missing --quiet --status --strict --warn --algorithm= --length=",
            why, source, "sha256sum README.md"),
        .use(
            "show.base64", "base64 base32", .readOnly, options: "-diDw:b: --decode --ignore-garbage --wrap= --break=", why, source,
            "base64 -w 0 logo.png"),
        .option(
            "show.base64-output", "base64 base32", "-o: --output=", .medium, writes: .value, "writes a file", source,
            "base64 -o logo.txt logo.png"),
        .use(
            "show.path", "basename dirname realpath readlink pathchk", .readOnly,
            options:
                "-aszefmnqvELPp --multiple --suffix= --zero --canonicalize --canonicalize-existing --canonicalize-missing --no-newline --quiet --silent --verbose --logical --physical --strip --no-symlinks --relative-to= --relative-base=",
            "works on names", source, "basename src/main.c .c"),
    ]

    private static let echoSource = "droid-exec.md §3.6 RO echo"

    static let echo: [CommandRule] = [
        .use("echo.print", "echo", .readOnly, "prints its words", echoSource, "echo done"),
        .use("echo.printf", "printf", .readOnly, options: "", "prints its words", echoSource, "printf '%s\\n' a b"),
        .option("echo.printf-variable", "printf", "-v:", .high, "sets a variable by name", echoSource, "printf -v PATH %s /tmp"),
        .use(
            "echo.nothing", "pwd true false : test [ [[ break continue return exit shift times wait caller logout cal ncal", .readOnly,
            "changes nothing", echoSource, "test -f README.md"),
        .use(
            "echo.seq", "seq", .readOnly, options: "-wf:s:t: -# --equal-width --format= --separator=", "prints numbers", echoSource,
            "seq 1 10"),
        .use(
            "echo.sleep", "sleep", .readOnly, options: "", operands: .seconds(atMost: 60), "waits for a minute at most", echoSource,
            "sleep 2"),
        .use("echo.sleep-long", "sleep", .medium, "waits for long", echoSource, "sleep 600"),
        .use("echo.yes", "yes", .readOnly, options: "", "prints until it is ended", echoSource, "yes | head"),
    ]
}
