/// Formatters and checks (low), and everyday work that can be taken back (medium).
extension CommandRule {
    private static let formats = "droid-exec.md §3.6 L formatters/linters"
    private static let checks = "droid-exec.md §3.6 L checks"
    private static let files = "droid-exec.md §3.6 M files"
    private static let installs = "droid-exec.md §3.6 M installs"
    private static let network = "droid-exec.md §3.6 M network"
    private static let builds = "droid-exec.md §3.6 M build/test"
    private static let publish = "droid-exec.md §3.6 H remote git/publish"
    private static let unknownCode = "droid-exec.md §3.6 H arbitrary code"
    private static let transfer = "droid-exec.md §3.6 H transfer"
    private static let destroys = "droid-exec.md §3.6 H destructive"

    static let low: [CommandRule] = [
        .use(
            "low.format",
            "prettier black isort gofmt goimports rustfmt swiftformat swift-format clang-format shfmt stylua yapf autopep8 ktlint google-java-format ormolu fourmolu nixfmt taplo dprint standard rubocop biome",
            .low, options: "-wlsidnqSrvcCt:a: * --line-length= --config= --indent-width=", operands: .writes(from: 0),
            "formats files in the project", formats, "prettier --write src"),
        .option(
            "low.check-fix", "eslint stylelint swiftlint pylint golangci-lint shellcheck markdownlint codespell luacheck djlint",
            "-iaw --fix --write --write-changes --in-place --autocorrect --fix-dry-run -o: --output-file= --output=", .low,
            writes: .operands,
            "mends what it checks", formats, "eslint --fix src"),
        .option(
            "low.format-programs", "prettier black gofmt eslint stylelint flake8 mypy pyright rubocop pylint",
            "--plugin= --rulesdir= --resolve-plugins-relative-to= --require= --plugin-search-dir= --load-plugins= --init-hook= --rsh= --parser= --ext-mod=",
            .medium, "loads code of its own", unknownCode, "prettier --plugin=./x.js src"),
        .use(
            "low.check",
            "eslint stylelint flake8 mypy pyright swiftlint shellcheck yamllint actionlint pylint pydocstyle bandit hadolint markdownlint golangci-lint staticcheck luacheck pycodestyle djlint codespell vulture tflint",
            .low, "checks, and writes at most in the project", checks, "eslint --fix src"),
        .use(
            "low.ruff", "ruff: check, format, rule, version, linter", .low, "checks or formats the project", formats, "ruff check --fix ."),
        .use(
            "low.cargo", "cargo: fmt, check, clippy, tree, metadata, pkgid, verify-project, locate-project, read-manifest", .low,
            "checks or formats the project", formats, "cargo fmt"),
        .use(
            "low.go", "go: vet, fmt, list, env, version, doc", .low, options: "* '-f= '-tags=", "checks or formats the project", checks,
            "go vet ./..."),
        .option(
            "low.go-tool", "go: vet, fmt, list, build, test, run, install, generate, get",
            "'-vettool= '-toolexec= '-exec= '-overlay= '-modfile=", .high, "names a program to start", unknownCode,
            "go vet -vettool=./x ./..."),
        .option("low.go-env", "go: env", "-wu", .high, "changes the configuration for all projects", unknownCode, "go env -w GOPROXY=x"),
        .use("low.dart", "dart: format, analyze, --version", .low, "checks or formats the project", formats, "dart format lib"),
        .use("low.terraform", "terraform tofu: fmt", .low, "formats the project", formats, "terraform fmt"),
        .use(
            "low.swift-format", "swift: format", .low, operands: .writes(from: 0), "formats the project", formats, "swift format -i Sources"
        ),
        .use(
            "low.tsc", "tsc: --noEmit", .low, options: "-pw: --project --pretty? --skipLibCheck --strict", operands: .any, "checks types",
            checks, "tsc --noEmit"),
        .use(
            "low.terminal", "clear reset tput tabs ulimit umask getopts let", .low, "changes this shell only",
            "droid-exec.md §3.6 L environment", "ulimit -a"),
    ]

    static let versions: [CommandRule] = [
        .structure("version", .readOnly, "tells its version", "droid-exec.md §3.6 RO versions", "python3 --version"),
        .use(
            "version.go-env", "go: env", .readOnly, options: "'-json '-changed", "tells its settings", "droid-exec.md §3.6 RO versions",
            "go env GOPATH"),
        .use(
            "version.npm", "npm: ls, list, view, outdated, version --help, why, explain, root, prefix, bin, -v, info, ll, la",
            .readOnly, options: "-glaD --depth= --all --global --json --long --parseable --prod --dev --only= --omit= --include= --latest",
            "lists packages", "droid-exec.md §3.6 RO versions", "npm ls --depth=0"),
        .use(
            "version.pip", "pip pip3: list, show, freeze, check, inspect", .readOnly,
            options:
                "-folv --outdated --format= --files --verbose --local --user --not-required --all --disable-pip-version-check --exclude=",
            "lists packages", "droid-exec.md §3.6 RO versions", "pip list"),
        .use(
            "version.gem", "gem: list, info, environment, which, contents", .readOnly, options: "-ladq --local --all --details",
            "lists packages", "droid-exec.md §3.6 RO versions", "gem list"),
        .use(
            "version.swift-package", "swift: package describe, package show-dependencies, package tools-version, package completion-tool",
            .readOnly, options: "--type= --format=", "evaluates the manifest; the kernel holds what that does",
            "droid-exec.md §3.6 RO versions", "swift package describe"),
        .use(
            "version.go-list", "go: list", .readOnly, options: "'-json '-m '-e '-deps '-test '-f= '-mod= '-find '-versions '-u",
            "lists packages", "droid-exec.md §3.6 RO versions", "go list ./..."),
        .use(
            "version.cargo", "cargo: metadata --offline, --list, search, help", .readOnly,
            options: "--no-deps --format-version= --offline --limit=", "lists packages", "droid-exec.md §3.6 RO versions",
            "cargo metadata --offline"),
        .use(
            "version.rustup", "rustup: show, toolchain list, target list, which, component list", .readOnly,
            options: "-v --installed --verbose --toolchain=", "lists toolchains", "droid-exec.md §3.6 RO versions", "rustup show"),
    ]

    static let medium: [CommandRule] = [
        .use(
            "file.make", "touch mkdir truncate mkfifo rmdir", .medium,
            options:
                "-acfhmpvcoZm:d:r:t:s:o: --mode= --parents --verbose --date= --reference= --time= --no-create --no-dereference --size= --io-blocks --ignore-fail-on-non-empty *",
            operands: .writes(from: 0), "makes files", files, "mkdir -p build/out"),
        .use(
            "file.copy", "cp ln install", .medium,
            options:
                "-abdfHiIlLnpPrRsTuvxZcDCS:t:g:m:o: * --target-directory= --suffix= --backup? --mode= --owner= --group= --reflink? --sparse= --preserve? --recursive --force --symbolic --no-target-directory",
            operands: .writesLast, "copies files", files, "cp a.txt b.txt"),
        .option(
            "file.target", "cp ln install mv", "-t: --target-directory=", .medium, writes: .value, "the place it writes to", files,
            "cp -t build a.txt"),
        .option(
            "file.owner", "install", "-o:g: --owner= --group= --strip-program=", .high, "changes who owns a file, or starts a program",
            files, "install -o root a b"),
        .use(
            "file.move", "mv", .medium,
            options: "-bfinuvTZS:t: * --suffix= --target-directory= --backup? --force --no-clobber --update? --verbose",
            operands: .writes(from: 0), "moves files", files, "mv a.txt b.txt"),
        .option(
            "file.convert-output", "iconv csplit xsltproc pandoc protoc gs cwebp 7z 7za", "-o:f: --output= --prefix=", .medium,
            writes: .value, "the place it writes to", files,
            "iconv -o b.txt a.txt"),
        .option(
            "file.cpio-place", "cpio", "-D:F:O: --directory= --file=", .medium, writes: .value, "the place it unpacks to", files,
            "cpio -i -D build"),
        .use(
            "file.convert-last", "ffmpeg convert magick", .medium, operands: .writesLast, "writes a file made from others", files,
            "convert a.png b.jpg"),
        .use("file.rename", "rename prename", .medium, "renames files", files, "rename s/a/b/ a.txt"),
        .use(
            "file.remove", "rm unlink", .medium,
            options: "-firRdvI * --force --interactive? --recursive --dir --verbose --one-file-system --preserve-root? --no-preserve-root",
            operands: .writes(from: 0), "removes files", files, "rm build.log"),
        .structure("file.remove-built", .medium, "removes what a build makes", files, "rm -r build"),
        .structure("file.remove-tree", .high, "recursive delete", destroys, "rm -rf src"),
        .option("file.remove-root", "rm", "--no-preserve-root", .high, "removes everything", destroys, "rm --no-preserve-root x"),
        .use(
            "file.mode", "chmod", .medium, options: "-cfv --changes --quiet --silent --verbose --reference=", operands: .writes(from: 1),
            "changes what may be done with a file", files, "chmod +x run.sh"),
        .use("file.mode-tree", "chmod", .high, "changes many files", "droid-exec.md §3.6 H privileged/system", "chmod -R 755 ."),
        .operand(
            "file.mode-special", "chmod", "*s *s,* 2??? 4??? 6??? 1??? u+s* g+s* 777 0777 o+w a+w +w *o+w*", .high, "gives away rights",
            "droid-exec.md §3.6 H privileged/system", "chmod u+s x"),
        .use(
            "file.tee", "tee sponge", .medium, options: "-aip --append --ignore-interrupts --output-error?", operands: .writes(from: 0),
            "writes files", files, "tee out.txt"),
        .use(
            "file.archive", "unzip gzip gunzip bzip2 bunzip2 xz unxz zstd unzstd lz4 zip 7z 7za compress uncompress", .medium,
            "packs and unpacks", files, "unzip a.zip"),
        .option(
            "file.archive-place", "unzip 7z 7za", "-d:", .medium, writes: .value, "the place it unpacks to", files, "unzip a.zip -d build"),
        .option("file.archive-runs", "zip", "-TT: --unzip-command=", .high, "starts a program", unknownCode, "zip -T -TT 'sh #' a.zip b"),
        .use(
            "file.archive-lists", "zcat bzcat xzcat zstdcat zless zmore lzcat zdiff zcmp", .readOnly,
            options: "-dcfklnqvV --stdout --force --quiet --keep", "shows packed files", "droid-exec.md §3.6 RO show", "zcat log.gz"),
        .use(
            "file.archive-inspects", "zipinfo unrar-free lsar", .readOnly, "lists packed files", "droid-exec.md §3.6 RO show",
            "zipinfo a.zip"),
        .use(
            "file.tar", "tar bsdtar gtar cpio pax ar", .medium, options: "-f:C:T:X: * --file= --directory= --exclude= --files-from=",
            "packs and unpacks", files, "tar -xf a.tar"),
        .option(
            "file.tar-place", "tar bsdtar gtar", "-C: --directory=", .medium, writes: .value, "the place it writes to", files,
            "tar -xf a.tar -C build"),
        .option(
            "file.tar-runs", "tar bsdtar gtar",
            "-I:F:P --checkpoint-action= --to-command= --use-compress-program= --info-script= --new-volume-script= --rsh-command= --rmt-command= --absolute-names --preload= --checkpoint-exec=",
            .high,
            "starts a program, or writes anywhere", unknownCode, "tar -cf a.tar --checkpoint-action=exec=id ."),
        .use(
            "file.patch", "patch", .medium, options: "-p:i:d:o:r:D:F:B:Y:z: * --input= --directory= --output= --reject-file= --strip=",
            "changes files of the project", files, "patch -p1 -i x.patch"),
        .option(
            "file.patch-place", "patch", "-d:o:r: --directory= --output= --reject-file=", .medium, writes: .value, "the place it writes to",
            files, "patch -o out.txt a.txt x.patch"),
        .option(
            "file.patch-ed", "patch", "-e --ed", .high, "passes its input to ed, which can run a shell", unknownCode, "patch -e a.txt x.ed"),
        .option(
            "file.temporary-place", "mktemp tempfile", "-p:d: --tmpdir=", .medium, writes: .value, "the place it writes to", files,
            "mktemp -p build"),
        .use(
            "file.split", "split csplit", .medium,
            options: "-a:b:C:l:n:dexuf:k * --suffix-length= --bytes= --lines= --number= --additional-suffix=", operands: .writes(from: 1),
            "writes pieces of a file", files, "split -l 100 a.txt part-"),
        .option("file.split-filter", "split", "--filter=", .high, "starts a program on each piece", unknownCode, "split --filter=sh a.txt"),
        .use(
            "file.temporary", "mktemp tempfile", .medium, options: "-dqtup: --directory --quiet --dry-run --suffix= --tmpdir?",
            operands: .writes(from: 0), "makes a temporary file", files, "mktemp -d"),
        .use(
            "file.convert",
            "dos2unix unix2dos iconv pandoc envsubst msgfmt xsltproc xmllint protoc flex bison plantuml dot inkscape cwebp optipng jpegoptim svgo pngquant exiftool qpdf pdftotext pdftk gs sqlite3 htmlq tidy xidel csvtool csvkit mlr",
            .medium, "works on files", files, "dos2unix a.txt"),
        .option(
            "file.sqlite-runs", "sqlite3", "'-cmd= '-init=", .high, "takes commands, which can start a shell", unknownCode,
            "sqlite3 -cmd '.shell id' a.db"),
        .operand(
            "file.sqlite-shell", "sqlite3", "*.shell* *.system* *.output\\ |* *.once* *load_extension* *.load* *writefile* *edit(*", .high,
            "starts a shell", unknownCode, "sqlite3 a.db '.shell id'"),

        .globals(
            "install.npm-options", "npm pnpm yarn bun",
            "-sC:w:g --silent --loglevel= --prefix= --workspace= --workspaces --no-audit --no-fund --cwd= --dir= --recursive --filter= --quiet --if-present --global",
            "npm --silent test"),
        .use(
            "install.npm",
            "npm pnpm yarn bun: install, i, ci, add, remove, uninstall, un, rm, update, up, upgrade, dedupe, audit, prune, link, init, rebuild, cache, import, fetch, pkg, set-script, docs, fund, config get, config list, dlx --help, patch, why, version, pack",
            .medium, "installs packages of the project", installs, "npm install"),
        .use("install.npm-bare", "yarn pnpm npm bun", .medium, operands: .none, "installs packages of the project", installs, "yarn"),
        .use(
            "install.npm-exec", "npm bun: exec, x", .high, options: "* --package= --workspace= --call= -c:p:w:", inner: .rest(after: 0),
            "may fetch a program and run it", unknownCode, "npm exec cowsay"),
        .use(
            "build.npm-exec", "pnpm yarn: exec, x", .medium, options: "* --call= -c:", inner: .rest(after: 0),
            "runs a program that is installed",
            builds, "pnpm exec eslint src"),
        .use(
            "build.npm",
            "npm pnpm yarn bun: run, run-script, test, t, tst, start, stop, restart, build, dev, lint, format, serve, watch, typecheck, compile, check, workspace, workspaces, tsc, jest, vitest, eslint, prettier, vite, webpack, next",
            .medium, "runs scripts of the project", builds, "npm run build"),
        .option(
            "install.npm-global", "npm pnpm yarn bun",
            "-g --global --location= --script-shell= --node-options= --registry= --userconfig= --globalconfig= --cafile= --proxy= --https-proxy= --git= --shell= --editor= --browser= --viewer= --call=",
            .high, "installs for everything, or changes what starts programs", unknownCode, "npm install -g left-pad"),
        .option(
            "install.npm-call", "npm pnpm: exec, x", "-c: --call=", .medium, inner: .textOption("-c --call"), "runs a command",
            "droid-exec.md §3.5.2", "npm exec -c 'ls'"),
        .use(
            "publish.npm",
            "npm pnpm yarn bun: publish, unpublish, deprecate, dist-tag, owner, access, login, logout, adduser, token, profile, team, org, hook, star, unstar, stage, npm publish",
            .high, "publishes, or acts in an account", publish, "npm publish"),
        .use(
            "install.npm-other", "npm pnpm yarn bun", .high, "runs what is not installed, or changes the configuration", unknownCode,
            "pnpm dlx cowsay"),
        .use(
            "build.npx", "npx bunx", .medium, options: "--no-install --no --offline --prefer-offline", inner: .rest(after: 0),
            "runs a program that is installed", builds, "npx --no-install eslint src"),
        .use("install.npx", "npx bunx pipx uvx", .high, "may fetch a program and run it", unknownCode, "npx cowsay"),
        .use(
            "install.pip", "pip pip3: install, download, wheel, uninstall, cache, config list, debug, hash, index", .medium,
            "installs packages", installs, "pip install requests"),
        .option(
            "install.pip-source", "pip pip3: install, download, wheel",
            "-i:f:t: --index-url= --extra-index-url= --find-links= --trusted-host= --break-system-packages --target= --prefix= --root= --config-settings= --proxy= --cert= --build= --global-option=",
            .high, "installs from or to somewhere else", unknownCode, "pip install --index-url http://x y"),
        .use("install.pip-other", "pip pip3", .high, "changes the configuration of pip", unknownCode, "pip config set global.index-url x"),
        .use(
            "install.python", "uv poetry pipenv pdm hatch rye conda mamba micromamba virtualenv pyenv", .medium,
            "installs packages of the project", installs, "uv sync"),
        .use("publish.twine", "twine", .high, "publishes", publish, "twine upload dist/a.whl"),
        .operand("publish.python", "uv poetry pdm hatch rye", "publish self login token", .high, "publishes", publish, "poetry publish"),
        .use(
            "install.python-runs", "uv: x, tool run, tool install, tool upgrade, publish, self, auth", .high,
            "may fetch a program and run it", unknownCode, "uv tool run cowsay"),
        .use(
            "install.gem", "gem: install, update, build, fetch, uninstall, cleanup, unpack", .medium, "installs packages", installs,
            "gem install rake"),
        .use("publish.gem", "gem", .high, "publishes, or changes the configuration", publish, "gem push a.gem"),
        .use(
            "install.other",
            "bundle composer pod go-get mix hex stack cabal opam luarocks cpanm carthage vcpkg conan sdk nvm fnm volta asdf mise rbenv rustup ghcup nix-shell nix-build",
            .medium, "installs packages of the project", installs, "bundle install"),
        .operand(
            "publish.other", "pod mix cabal composer luarocks", "trunk hex.publish upload push publish global", .high, "publishes", publish,
            "pod trunk push"),
        .use(
            "install.cargo",
            "cargo: build, b, test, t, run, r, bench, add, remove, rm, update, fetch, install, uninstall, clean, doc, fix, generate-lockfile, init, new, vendor, package, nextest, expand, watch, llvm-cov, hack, audit, deny, outdated, machete, rustc, rustdoc, build-std, miri, tarpaulin, insta, criterion",
            .medium, "builds and installs", builds, "cargo build --release"),
        .option(
            "install.cargo-config", "cargo", "--config= -Z: --git= --index= --registry=", .high,
            "changes what starts programs, or installs from elsewhere", unknownCode, "cargo --config x=1 build"),
        .use("publish.cargo", "cargo", .high, "publishes, or is an extension that is not known", publish, "cargo publish"),
        .globals(
            "install.cargo-options", "cargo", "-qvC: --quiet --verbose --locked --offline --frozen --color= --manifest-path=",
            "cargo -q build"),
        .use(
            "install.go", "go: get, mod, build, test, install, run, generate, work, tool, clean, fix, telemetry, bug", .medium,
            options: "* '-o= '-run= '-C= '-tags=", "builds and installs", builds, "go test ./..."),
        .use(
            "build.swift",
            "swift: build, test, run, package, package resolve, package update, package init, package clean, package reset, package dump-package, package edit, package plugin, repl, sdk list",
            .medium, "builds the package", builds, "swift build"),
        .option(
            "build.swift-unsafe", "swift: build, test, run, package",
            "--disable-sandbox --allow-writing-to-directory= --allow-network-connections= --toolset=", .high,
            "lifts the walls of the build", unknownCode, "swift build --disable-sandbox"),

        .use(
            "build.tool",
            "make gmake cmake ninja tsc ctest cpack meson scons bazel bazelisk buck buck2 gradle gradlew mvn mvnw ant sbt lein mill msbuild dotnet xcodebuild xcrun rake pytest py.test tox nox jest vitest mocha ava tap karma cypress playwright phpunit rspec webpack vite rollup esbuild parcel next nuxt astro gulp grunt turbo nx lerna tsx ts-node gcc g++ cc c++ clang clang++ cpp ld lld as ar nm objdump readelf ranlib strip ldd rustc swiftc javac kotlinc scalac ghc ocamlc dune zig nim crystal tsup swc babel postcss sass tailwindcss coverage just task flutter dart elixir gofumpt wasm-pack emcc autoconf automake autoreconf libtool pkg-config m4 yasm nasm llvm-cov llvm-profdata gcov lcov nvcc hugo jekyll mkdocs sphinx-build doxygen typedoc storybook expo react-scripts ng vue-cli-service ember svelte-kit alembic-check pre-commit pybabel cython maturin setuptools conftest invoke inv fab-help gprof perf hyperfine time-it",
            .medium, "builds or tests the project", builds, "make test"),
        .option(
            "build.make-place", "make gmake ninja cmake", "-C:", .medium, writes: .value, "the folder that is built", builds,
            "make -C build"),
        .option(
            "build.make-runs", "make gmake", "-E: --eval=", .high, inner: .textOption("--eval"), "runs what the words say", unknownCode,
            "make --eval='x:;id' x"),
        .operand(
            "build.make-variables", "make gmake", "SHELL=* MAKEFLAGS=* .SHELLFLAGS=*", .high, "names the shell that make starts",
            unknownCode, "make SHELL=./x"),
        .operand(
            "build.deploys",
            "npm yarn pnpm bun composer mvn mvnw gradle gradlew dotnet sbt lein rake mix flutter dart make gmake just task nx lerna turbo ng",
            "deploy *:deploy publish* *:publish upload* release nuget release:* *db:migrate* *db:drop* *db:reset* db:* pub-publish", .high,
            "publishes or deploys", publish, "mvn deploy"),
        .option(
            "build.ld", "gcc g++ cc c++ clang clang++", "-B: '-wrapper= '-specs= --specs= '-fplugin=", .high, "starts another program",
            unknownCode, "gcc -wrapper ./x a.c"),

        .use(
            "network.get", "curl", .medium,
            options:
                "-#fgGiIkLnNqRsSvZ046jaz:A:e:H:m:o:r:w:x:y:Y:C:b:c:D:u:U:E:O --silent --show-error --fail --location --head --include --insecure --compressed --max-time= --connect-timeout= --retry= --retry-delay= --retry-max-time= --retry-connrefused --retry-all-errors --user-agent= --header= --output= --remote-name --write-out= --verbose --get --url= --http1.1 --http2 --ipv4 --ipv6 --range= --limit-rate= --max-redirs= --no-progress-meter --progress-bar --referer= --remote-header-name --create-dirs --fail-with-body --tlsv1.2 --proto= --proto-redir= --location-trusted --no-buffer --time-cond= --output-dir= --cookie= --cacert= --resolve= --max-filesize= --continue-at= --dump-header= --globoff",
            "gets something from the network", network, "curl -fsSL https://example.org/a.json"),
        .option(
            "network.get-writes", "curl",
            "-o:D:c: --output= --output-dir= --dump-header= --cookie-jar= --trace= --trace-ascii= --stderr= --etag-save= --hsts= --alt-svc= --libcurl=",
            .medium, writes: .value, "writes a file", network, "curl -o a.json https://example.org/a.json"),
        .option(
            "network.send", "curl",
            "-X:d:F:T:K:u:U:n:E:b:x:Q:t: --request= --data? --data= --data-raw= --data-binary= --data-urlencode= --data-ascii= --form= --form-string= --upload-file= --json= --config= --user= --netrc --netrc-file= --netrc-optional --cert= --key= --cookie= --proxy= --preproxy= --socks5= --socks5-hostname= --socks4= --quote= --unix-socket= --abstract-unix-socket= --engine= --url-query= --mail-from= --mail-rcpt= --oauth2-bearer= --aws-sigv4= --interface= --dns-servers= --doh-url= --next --variable= --expand-url= --expand-data= --request-target= --upload-flags= --telnet-option= --connect-to=",
            .high, "sends something, or takes its orders from a file", transfer, "curl -X POST https://example.org"),
        .use(
            "network.get-unknown", "curl", .high, "an option of curl that is not known to only get", transfer,
            "curl --frob https://example.org"),
        .operand(
            "network.get-scheme", "curl wget",
            "file:* scp:* sftp:* ftp://*@* smb:* dict:* gopher:* telnet:* ldap:* smtp:* tftp:* rtsp:* pop3:* imap:*", .high,
            "no page of the web", transfer, "curl file:///etc/passwd"),
        .use(
            "network.wget", "wget", .medium,
            options:
                "-qcNSrlpknvdbO:o:P:T:t:U:l:A:R:w:i: --quiet --no-verbose --show-progress --output-document= --directory-prefix= --timeout= --tries= --user-agent= --continue --timestamping --no-check-certificate --spider --server-response --max-redirect= --content-disposition --recursive --level= --no-parent --accept= --reject= --header= --wait= --limit-rate= --no-clobber",
            operands: .any, "gets something from the network", network, "wget https://example.org/a.tar.gz"),
        .option(
            "network.wget-writes", "wget", "-O:o:P:a: --output-document= --output-file= --directory-prefix= --append-output=", .medium,
            writes: .value, "writes a file", network, "wget -O a.json https://example.org/a.json"),
        .option(
            "network.wget-send", "wget",
            "-e:i: --post-data= --post-file= --body-data= --body-file= --method= --execute= --use-askpass= --input-file= --config= --load-cookies= --save-cookies= --user= --password= --http-user= --http-password= --certificate= --private-key= --warc-file= --warc-dedup= --ask-password --rejected-log=",
            .high, "sends something, or takes its orders from a file", transfer, "wget --post-file=a.txt https://example.org"),
        .use(
            "network.wget-unknown", "wget aria2c axel lynx links w3m elinks http https xh httpie", .high, "not known to only get", transfer,
            "wget --frob https://example.org"),
        .use(
            "network.names", "dig nslookup host whois ping ping6 traceroute tracepath mtr getent drill", .medium, "asks the network",
            network, "dig example.org"),
        .option(
            "network.names-file", "dig ping", "-f --flood", .high, "takes names from a file, or floods", network, "ping -f example.org"),

        .use(
            "server.jupyter",
            "jupyter ipython flask uvicorn gunicorn hypercorn streamlit gradio rails puma unicorn http-server serve live-server json-server php-server caddy nodemon pm2 concurrently foreman honcho overmind",
            .medium, "a server for development", "droid-exec.md §3.6 M dev servers", "flask run"),
        .operand(
            "server.open", "python python3 flask uvicorn gunicorn http-server serve rails php jupyter vite caddy",
            "0.0.0.0 0.0.0.0:* ::  --host=0.0.0.0 --bind=0.0.0.0 -b0.0.0.0", .high, "serves to everyone", "droid-exec.md §3.6 H exposure",
            "flask run --host 0.0.0.0"),
        .operand(
            "server.manage", "python python2 python3", "migrate flush dbshell reset_db sqlflush createsuperuser changepassword", .high,
            "changes a database", "droid-exec.md §3.6 H data", "python3 manage.py migrate"),
        .operand(
            "server.migrate", "rails rake prisma alembic flyway knex sequelize typeorm liquibase goose dbmate sqitch django-admin",
            "db:* migrate migrate:* upgrade downgrade deploy *:migrate *:drop up down", .high, "changes a database",
            "droid-exec.md §3.6 H data", "rails db:migrate"),
    ]
}
