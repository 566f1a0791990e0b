/// What cannot be taken back, reaches others or changes the machine.
extension CommandRule {
    private static let destroys = "droid-exec.md §3.6 H destructive"
    private static let system = "droid-exec.md §3.6 H privileged/system"
    private static let data = "droid-exec.md §3.6 H data"
    private static let secrets = "droid-exec.md §3.6 H secrets"
    private static let transfer = "droid-exec.md §3.6 H transfer"
    private static let processes = "droid-exec.md §3.6 H processes"
    private static let code = "droid-exec.md §3.6 H arbitrary code"

    static let high: [CommandRule] = [
        .use(
            "high.destroys",
            "shred dd wipefs fdisk sfdisk parted gdisk cfdisk mkfs mkswap fsck tune2fs resize2fs hdparm blkdiscard diskutil srm wipe badblocks losetup cryptsetup lvremove vgremove pvremove mdadm zpool zfs btrfs format debugfs",
            .high, "destroys data", destroys, "dd if=a of=b"),
        .use(
            "high.packages",
            "apt apt-get aptitude dpkg dnf yum rpm zypper pacman apk emerge snap flatpak nix-env nixos-rebuild port pkg xbps-install swupd opkg softwareupdate installer",
            .high, "changes the packages of the machine", system, "apt install jq"),
        .use(
            "high.packages-read", "dpkg: -l, -L, -s, -S, --list, --status, --listfiles, --print-architecture, --search", .readOnly,
            "lists packages", "droid-exec.md §3.6 RO info", "dpkg -l"),
        .use(
            "high.packages-query", "apt apt-cache: list, show, policy, search, depends, rdepends, madison, pkgnames, showpkg", .readOnly,
            options: "-a --installed --upgradable --all-versions --names-only", "lists packages", "droid-exec.md §3.6 RO info",
            "apt-cache policy jq"),
        .use(
            "high.packages-other", "apt-cache apt-mark apt-key apt-file add-apt-repository", .high, "changes the packages of the machine",
            system, "add-apt-repository ppa:x/y"),
        .use(
            "high.crontab-list", "crontab", .readOnly, options: "-l", operands: .none, "lists jobs", "droid-exec.md §3.6 RO info",
            "crontab -l"),
        .use(
            "high.sysctl-read", "sysctl", .readOnly, options: "-aneNb",
            operands: .only(["kernel.*", "vm.*", "net.*", "fs.*", "hw.*", "machdep.*"]), "reads settings of the kernel",
            "droid-exec.md §3.6 RO info", "sysctl kernel.ostype"),
        .use(
            "high.system",
            "systemd-run loginctl timedatectl localectl update-rc.d chkconfig service crontab at batch kextload modprobe insmod rmmod mount umount swapon swapoff useradd userdel usermod groupadd groupdel groupmod adduser deluser passwd chpasswd chsh chfn visudo vipw chown chgrp chattr setfacl setcap sysctl kexec ldconfig update-alternatives update-grub grub-install telinit init runlevel shutdown reboot halt poweroff defaults nvram csrutil spctl scutil networksetup pmset tmutil dscl dseditgroup mknod pivot_root ip-netns brctl ethtool iw iwconfig nmcli nmtui dhclient rfkill auditctl aa-exec semanage setenforce restorecon quota edquota logger wall write mesg dmesg wireshark",
            .high, "changes the machine", system, "chown root a.txt"),
        .use(
            "high.processes", "kill killall pkill skill xkill fuser renice prlimit taskset chrt disown", .high, "acts on other processes",
            processes, "killall node"),
        .use(
            "high.database",
            "psql mysql mariadb mongosh mongo redis-cli sqlcmd sqlplus clickhouse-client cqlsh influx pg_restore pg_dump pg_dumpall mysqldump mysqladmin createdb dropdb createuser dropuser mongodump mongorestore pgcli mycli usql duckdb bcp isql etcdctl consul",
            .high, "acts on a database", data, "psql -h db.example.org"),
        .use(
            "high.migrate", "rails prisma alembic flyway knex sequelize typeorm liquibase goose dbmate sqitch migrate django-admin",
            .medium, "runs a framework of the project", "droid-exec.md §3.6 M build/test", "alembic history"),
        .use(
            "high.secrets",
            "security gpg gpg2 gpgconf ssh-keygen ssh-add ssh-agent ssh-copy-id op vault pass bw lpass keyring secret-tool sops age openssl certutil keytool kinit klist chamber doppler infisical aws-vault gopass pinentry gpg-agent",
            .high, "handles keys or secrets", secrets, "gpg --export-secret-keys"),
        .use("high.openssl-read", "openssl: version, help, ciphers, dgst, rand", .medium, "computes", secrets, "openssl dgst a.txt"),
        .use(
            "high.transfer",
            "scp sftp ftp lftp tftp rcp mail mailx sendmail mutt swaks nmap masscan rdesktop xfreerdp vncviewer mosh rsh rlogin autossh ssh-keyscan croc magic-wormhole wormhole transfer gist pastebinit wget2 rtorrent transmission-cli aria2 bittorrent",
            .high, "sends to others", transfer, "scp a.txt host:"),
        .use(
            "high.rsync", "rsync", .medium,
            options:
                "-aAcdDEghHilmnopPqrStuvWxXzb: * --archive --verbose --exclude= --include= --delete --stats --progress --dry-run --filter= --exclude-from= --include-from=",
            operands: .writesLast, "copies files", "droid-exec.md §3.6 M files", "rsync -a src/ build/"),
        .option(
            "high.rsync-remote", "rsync",
            "-e: --rsh= --rsync-path= --daemon --password-file= --files-from= --config= --server --sender --remote-option= --write-batch= --log-file= --temp-dir= --partial-dir= --backup-dir= --delete --delete-after --delete-excluded --remove-source-files",
            .high, "starts a program, or deletes", transfer, "rsync -e ./x a b"),
        .operand("high.rsync-host", "rsync", "*:* *@*", .high, "sends to another machine", transfer, "rsync -a src host:/srv"),
        .use(
            "high.code",
            "osascript powershell pwsh cmd wscript cscript at-spi wine mono qemu-system-x86_64 virsh VBoxManage multipass lxc lima limactl colima minikube kind k3d kubeadm systemd-nspawn bwrap firejail proot fakeroot fakechroot",
            .high, "runs what cannot be looked into", code, "osascript -e 'beep'"),
        .use(
            "high.editor", "vi vim nvim view ex ed red emacs emacsclient nano pico joe micro kak hx helix code subl gvim vimdiff ne mg",
            .high, "an editor can start a shell", code, "vim -c ':!id'"),
        .use(
            "high.screen", "tmux screen dtach abduco zellij byobu expect unbuffer dialog whiptail man info pydoc fzf sk peco", .high,
            "can start other programs", code, "screen -dm sh"),
        .use(
            "high.open",
            "open xdg-open start gio gnome-open kde-open sensible-browser firefox chromium google-chrome safari x-www-browser www-browser dbus-send gdbus busctl notify-send",
            .high, "starts other programs", code, "xdg-open a.html"),
        .use(
            "high.shell-state", "enable bind complete compgen compopt fc history suspend trap-debug shopt-load", .high,
            "changes how this shell works", "security.md S9", "enable -f ./x.so x"),
        .use(
            "high.loader",
            "ld.so ld-linux-x86-64.so.2 ld-linux.so.2 ld-musl-x86_64.so.1 rundll32 dlopen run-parts start-stop-daemon daemonize dropbear sshd inetd xinetd cron crond rsyslogd nginx apache2 httpd apachectl postgres mysqld mongod redis-server docker-init tini dumb-init gosu su-exec setpriv capsh",
            .high, "starts a program in an unusual way, or a server", code, "setpriv id"),
    ]

    static let denied: [CommandRule] = [
        .structure("list.deny", .high, "on the denylist: asked about at every level", "droid-exec.md §3.6 DENY", "rm -rf /"),
        .structure("list.block", .high, "on the blocklist: never runs", "droid-exec.md §3.7", "curl https://example.org"),
        .structure("list.allow", .readOnly, "on the allowlist", "droid-exec.md §3.7", "make test"),
    ]
}
