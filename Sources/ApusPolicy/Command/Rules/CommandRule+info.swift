/// Programs that tell about the machine, and those that list and search.
extension CommandRule {
    private static let source = "droid-exec.md §3.6 RO info"
    private static let why = "tells about the machine"

    static let info: [CommandRule] = [
        .use(
            "info.identity",
            "whoami id groups logname users who w tty locale uptime arch nproc lscpu lsblk sw_vers getconf vmstat iostat mpstat lsmod lspci lsusb pgrep pidof pstree last",
            .readOnly, why, source, "whoami"),
        .use(
            "info.uname", "uname", .readOnly, options: "-asnrvmpio --all --kernel-name --nodename --kernel-release --machine --processor",
            why, source, "uname -a"),
        .use(
            "info.date", "date", .readOnly,
            options: "-uRI?d:r: --utc --universal --iso-8601? --rfc-email --rfc-2822 --rfc-3339= --date= --reference= --debug",
            operands: .format, why,
            source, "date +%Y"),
        .use("info.date-set", "date", .high, "could set the clock", source, "date -s 2020-01-01"),
        .use(
            "info.ps", "ps", .readOnly,
            options:
                "-AadefFjlHLmMNTvwxXco:O:p:u:U:C:g:G:t:q:s:y --forest --sort= --no-headers --headers --pid= --ppid= --user= --format= --cols= --columns= --width=",
            operands: .only(["a", "x", "u", "w", "ax", "aux", "auxw", "auxww", "axu", "auxf", "axo", "axjf", "*,*", "pid", "comm"]), why,
            source, "ps aux"),
        .use("info.ps-environment", "ps", .high, "may show the environment of other processes", source, "ps auxe"),
        .use(
            "info.top", "top", .readOnly, options: "-bcHiSsn:d:u:U:p:o:w?l:1E:e: --batch-mode --iterations=",
            "shows processes, in batch mode", source,
            "top -b -n 1"),
        .use(
            "info.hostname", "hostname", .readOnly,
            options: "-adfFiIsAy --all-fqdns --all-ip-addresses --domain --fqdn --long --ip-address --short --alias",
            operands: .none, why, source, "hostname -f"),
        .use("info.hostname-set", "hostname domainname hostnamectl", .high, "could rename the machine", source, "hostname other"),
        .use(
            "info.disk", "df du free", .readOnly,
            options:
                "-abcdDghHiIklLmMnPsStTvwxXB:d:t:x:X: --all --human-readable --inodes --local --type= --exclude-type= --total --summarize --max-depth= --apparent-size --block-size= --bytes --exclude= --one-file-system --count-links --si --kilo --mega --giga --wide --count= --seconds= --dereference --time? --threshold= --print-type --portability --null --kibi --mebi --gibi --human --files0-from= --output?",
            why, source, "du -sh ."),
        .option(
            "info.disk-sync", "df", "--sync", .medium, "writes out caches", source, "df --sync"
        ),
        .use(
            "info.printenv", "printenv", .readOnly, options: "-0 --null", operands: .variables, "prints the filtered environment", source,
            "printenv HOME"),
        .use(
            "info.which", "which type whereis hash command-not-found apropos whatis", .readOnly,
            options: "-aAfPptsbmBMSuUglr --all --skip-alias --skip-functions --read-alias", "finds programs", source, "which git"),
        .option("info.hash-path", "hash", "-p:", .high, "makes a name mean another program", source, "hash -p /tmp/x ls"),
        .use(
            "info.open-files", "lsof netstat", .readOnly,
            options:
                "-abcdeghilnopPrRstTuUvVwWxXAF?O?Si?c:d:g:p:u: --all --listening --numeric --numeric-ports --program --tcp --udp --unix --route --statistics --interfaces --extend",
            why, source, "lsof -p 1"),
        .option("info.lsof-cache", "lsof", "-D:k:m:", .medium, "writes a cache", source, "lsof -D b"),
        .use(
            "info.ss", "ss", .readOnly,
            options:
                "-abehHilmnNoOpqrstuwxzZV046f:d:A: --all --listening --numeric --options --extended --memory --processes --info --summary --tcp --udp --unix --family= --no-header --ipv4 --ipv6 --raw --resolve",
            why, source, "ss -tln"),
        .option(
            "info.ss-kill", "ss", "-KD:F: --kill --diag= --filter=", .high, "closes connections or writes a file", source,
            "ss -K dst 10.0.0.1"),
        .use("info.ifconfig", "ifconfig", .readOnly, options: "-asv", operands: .atMost(1), why, source, "ifconfig -a"),
        .use("info.ifconfig-set", "ifconfig", .high, "could change an interface", source, "ifconfig eth0 down"),
        .use(
            "info.ip",
            "ip: addr, addr show, addr list, address, address show, a, a s, a show, link, link show, l, route, route show, route list, r, neigh, neigh show, rule, rule show, -V",
            .readOnly, options: "-46 up dev", operands: .only(["dev", "up", "eth*", "en*", "lo", "wl*", "docker*", "default"]), why, source,
            "ip addr show"),
        .globals("info.ip-options", "ip", "-46dhjos0 '-br '-brief '-c '-color? '-json '-pretty '-stats '-details '-oneline", "ip -br addr"),
        .use(
            "info.ip-set", "ip: addr, address, a, link, l, route, r, neigh, rule", .high, "could change the network", source,
            "ip link set eth0 down"),
        .use("info.ip-other", "ip", .high, "could change the network", source, "ip tuntap add x"),
        .operand("info.ip-namespace", "ip", "netns exec -batch -b", .high, "runs commands", source, "ip netns exec x sh"),
    ]

    private static let searchSource = "droid-exec.md §3.6 RO list/search"

    static let search: [CommandRule] = [
        .use(
            "search.ls", "ls dir vdir", .readOnly,
            options:
                "-aAbBcCdDfFgGhHiIklLmnNopPqQrRsStTuUvwxXZ1@OWeI:w:T: --all --almost-all --author --escape --block-size= --ignore-backups --color? --directory --classify? --file-type --format= --full-time --group-directories-first --no-group --human-readable --si --dereference --hide= --hyperlink? --indicator-style= --inode --ignore= --kibibytes --literal --quote-name --quoting-style= --reverse --recursive --size --sort= --time= --time-style= --tabsize= --width= --context --zero",
            "lists files", searchSource, "ls -la"),
        .use(
            "search.tree", "tree", .readOnly,
            options:
                "-aACdDfFghilNnpqQrsStuUvxX0JcL:I:P:H:T: --dirsfirst --gitignore --noreport --du --si --prune --filelimit= --charset= --sort? --matchdirs --ignore-case --timefmt= --metafirst --inodes --device --fromfile",
            "lists files", searchSource, "tree -L 2"),
        .option(
            "search.tree-output", "tree", "-o:R --output=", .medium, writes: .value, "writes its listing to a file", searchSource,
            "tree -o tree.txt"),
        .use(
            "search.find", "find", .readOnly,
            options:
                "-HLPEXdsxO:D: '-amin= '-anewer= '-atime= '-cmin= '-cnewer= '-ctime= '-daystart '-depth '-empty '-executable '-false '-follow '-fstype= '-gid= '-group= '-help '-ilname= '-iname= '-inum= '-ipath= '-iregex= '-iwholename= '-links= '-lname= '-ls '-maxdepth= '-mindepth= '-mmin= '-mount '-mtime= '-name= '-newer= '-newermt= '-newerct= '-newerat= '-newermm= '-nogroup '-noleaf '-not '-nouser '-nowarn '-path= '-perm= '-print '-print0 '-printf= '-prune '-quit '-readable '-regex= '-regextype= '-samefile= '-size= '-true '-type= '-uid= '-used= '-user= '-warn '-wholename= '-writable '-xdev '-xtype= '-a '-o '-and '-or",
            "finds files; without actions", searchSource, "find . -name '*.swift'"),
        .option(
            "search.find-delete", "find", "'-delete", .high, "deletes what it finds", "droid-exec.md §3.6 H destructive",
            "find . -name '*.o' -delete"),
        .option(
            "search.find-writes", "find", "'-fprint= '-fprint0= '-fprintf= '-fls=", .medium, writes: .value,
            "writes what it finds to a file", searchSource,
            "find . -fprint list.txt"),
        .option("search.find-names", "find", "'-files0-from=", .medium, "takes names from a file", searchSource, "find -files0-from list"),
        .option(
            "search.find-runs", "find", "'-exec '-execdir '-ok '-okdir", .readOnly,
            inner: .actions(["-exec", "-execdir", "-ok", "-okdir"]),
            "runs a command on what it finds, judged by itself", "droid-exec.md §3.5.2", "find . -name '*.c' -exec wc -l {} +"),
        .use(
            "search.fd", "fd fdfind", .readOnly,
            options:
                "-HIugsiaLpFl0q1E:d:t:e:S:o:c:j:C: -# --hidden --no-ignore --unrestricted --case-sensitive --ignore-case --glob --fixed-strings --absolute-path --list-details --follow --full-path --print0 --max-depth= --min-depth= --exact-depth= --exclude= --type= --extension= --size= --changed-within= --changed-before= --color= --threads= --quiet --max-results= --base-directory= --regex --strip-cwd-prefix --no-ignore-vcs --owner= --max-one-result",
            "finds files", searchSource, "fd -e swift"),
        .option(
            "search.fd-runs", "fd fdfind", "-xX --exec --exec-batch", .readOnly, inner: .actions(["-x", "-X", "--exec", "--exec-batch"]),
            "runs a command on what it finds, judged by itself", "droid-exec.md §3.5.2", "fd -e c -x wc -l"),
        .use(
            "search.locate", "locate mlocate plocate", .readOnly,
            options: "-AbcdeiLlnpPqrSswhHl:n: --basename --count --ignore-case --limit= --regex --wholename --all --existing --null",
            "finds files", searchSource, "locate -c stdio.h"),
        .use(
            "search.grep", "grep egrep fgrep zgrep", .readOnly,
            options:
                "-abcEFGHhiIlLnNoPqrRsTUuVvwxyzZm:A:B:C:e:D:d:f: -# --extended-regexp --fixed-strings --basic-regexp --perl-regexp --regexp= --ignore-case --no-ignore-case --invert-match --word-regexp --line-regexp --count --color? --colour? --files-without-match --files-with-matches --max-count= --only-matching --quiet --silent --no-messages --byte-offset --with-filename --no-filename --label= --line-number --initial-tab --null --null-data --after-context= --before-context= --context= --text --binary-files= --devices= --directories= --exclude= --exclude-dir= --exclude-from= --include= --recursive --dereference-recursive --line-buffered --file= --binary",
            "searches in files; the kernel hides secrets from it", searchSource, "grep -rn TODO src"),
        .use(
            "search.rg", "rg", .readOnly,
            options:
                "-acFHhiIlLnNopPqsSuUvVwx0.A:B:C:e:E:f:g:j:m:M:r:t:T:d: --after-context= --before-context= --context= --case-sensitive --color= --colors= --column --count --count-matches --crlf --debug --encoding= --engine= --file= --files --files-with-matches --files-without-match --fixed-strings --follow --glob= --heading --no-heading --hidden --iglob= --ignore-case --ignore-file= --invert-match --json --line-buffered --line-number --no-line-number --line-regexp --max-columns= --max-count= --max-depth= --maxdepth= --max-filesize= --mmap --multiline --multiline-dotall --no-config --no-ignore --no-ignore-vcs --no-ignore-parent --no-messages --null --null-data --one-file-system --only-matching --passthru --pcre2 --pretty --quiet --regexp= --replace= --smart-case --sort= --sortr= --stats --text --threads= --trim --type= --type-add= --type-list --type-not= --unrestricted --vimgrep --with-filename --no-filename --word-regexp --context-separator= --pcre2-version",
            "searches in files; the kernel hides secrets from it", searchSource, "rg -n TODO src"),
        .option(
            "search.rg-program", "rg", "-z --pre= --pre-glob= --search-zip --hostname-bin=", .high, "starts a program on each file",
            searchSource, "rg --pre ./x TODO"),
        .use(
            "search.ag", "ag ack", .readOnly,
            options:
                "-acCDfGgHhiklLmnNoQqrRsStuUvwW0xzA:B:C:G:m:p: --ignore-case --literal --count --files-with-matches --hidden --ignore= --ignore-dir= --nocolor --nogroup --color --group --column --smart-case --word-regexp --type= --depth= --stats --context= --after= --before= --max-count= --vimgrep",
            "searches in files", searchSource, "ag TODO src"),
        .option(
            "search.ag-pager", "ag ack", "--pager= --ackrc= --output= --env", .high, "starts a program or evaluates code", searchSource,
            "ag --pager sh TODO"),
        .use(
            "search.awk", "awk gawk mawk nawk", .readOnly,
            options: "-F:v:bCghnNOPrSstV --field-separator= --assign= --posix --re-interval --sandbox --traditional",
            operands: .awkProgram, "an awk program that only prints", searchSource, "awk '{print $1}' names.txt"),
        .use(
            "search.awk-code", "awk gawk mawk nawk", .medium, options: "-F:v:f:i:l:e:E: * --file= --assign= --field-separator=",
            "an awk program that may write files", searchSource,
            "awk '{print > \"out.txt\"}' names.txt"),
        .structure(
            "search.awk-runs", .high, "an awk program that can start commands or reach the network", searchSource,
            "awk 'BEGIN{system(\"id\")}'"),
        .use(
            "search.sed", "sed gsed", .readOnly,
            options:
                "-nErsuze:l: --quiet --silent --expression= --regexp-extended --separate --unbuffered --null-data --posix --debug --line-length= --sandbox",
            operands: .sedScript, "a sed script that only prints", searchSource, "sed -n '1,5p' README.md"),
        .use(
            "search.sed-code", "sed gsed", .medium, options: "-nErsuze:l:f: * --expression= --file= --line-length=",
            "a sed script that cannot be shown to only print", searchSource,
            "sed -f script.sed README.md"),
        .option(
            "search.sed-in-place", "sed gsed", "-i? --in-place?", .medium, "changes the files it reads", "droid-exec.md §3.6 M files",
            "sed -i s/a/b/ README.md"),
        .structure("search.sed-runs", .high, "a sed script that starts commands", searchSource, "sed '1e id' README.md"),
        .structure("search.sed-writes", .medium, "a sed script that writes a file", searchSource, "sed -n 'w out.txt' README.md"),
    ]
}
