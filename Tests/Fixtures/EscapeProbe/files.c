/* Writing where the wall ends, and reading what it hides. */
#define _GNU_SOURCE
#include "probe.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>
#include <unistd.h>

static int write_file(void) { return try_open(outside("victim"), O_WRONLY); }
static int append_file(void) { return try_open(outside("victim"), O_WRONLY | O_APPEND); }
static int create_file(void) { return try_open(outside("new"), O_WRONLY | O_CREAT | O_EXCL); }
static int truncate_file(void) { return verdict(truncate(outside("victim"), 0)); }
static int unnamed_file(void) { return try_open(outside(""), O_WRONLY | O_TMPFILE); }
static int remove_file(void) { return verdict(unlink(outside("removable"))); }
static int remove_folder(void) { return verdict(rmdir(outside("empty"))); }
static int make_folder(void) { return verdict(mkdir(outside("made"), 0700)); }
static int make_link(void) { return verdict(symlink("victim", outside("link"))); }
static int make_fifo(void) { return verdict(mkfifo(outside("fifo"), 0600)); }
static int move_in(void) { return verdict(rename(outside("movable"), "moved-in")); }

static int move_out(void) {
    try_open("moved-out", O_WRONLY | O_CREAT);
    return verdict(rename("moved-out", outside("moved-out")));
}

static int exchange(void) {
    try_open("exchanged", O_WRONLY | O_CREAT);
    return verdict(syscall(SYS_renameat2, AT_FDCWD, "exchanged", AT_FDCWD, outside("exchangeable"), 2 /* RENAME_EXCHANGE */));
}

static int hard_link_in(void) {
    unlink("hard");
    return link(outside("victim"), "hard") != 0 ? errno : try_open("hard", O_WRONLY);
}

static int hard_link_out(void) {
    try_open("soft", O_WRONLY | O_CREAT);
    return verdict(link("soft", outside("hard")));
}

static int hard_link_by_descriptor(void) {
    int file = open(outside("victim"), O_PATH | O_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return file < 0 ? errno : verdict(linkat(AT_FDCWD, path, AT_FDCWD, "hard-fd", AT_SYMLINK_FOLLOW));
}

static int reopen_descriptor(void) {
    int file = open(outside("victim"), O_RDONLY | O_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return file < 0 ? errno : try_open(path, O_WRONLY);
}

static int through_link(void) {
    unlink("link");
    /* In the levels that may not write the project there is nothing to try. */
    return symlink(outside("victim"), "link") != 0 ? errno : try_open("link", O_WRONLY);
}

static int through_folder_link(void) {
    unlink("folder-link");
    return symlink(outside(""), "folder-link") != 0 ? errno : try_open("folder-link/new", O_WRONLY | O_CREAT);
}

static int through_own_root(void) { return try_open(in("/proc/self/root", outside("victim")), O_WRONLY); }
static int through_first_root(void) { return try_open(in("/proc/1/root", outside("victim")), O_WRONLY); }
static int through_own_folder(void) { return try_open("/proc/self/cwd/../outside/victim", O_WRONLY); }

static int through_victims_root(void) {
    return try_open(in("/proc", in(getenv("VICTIM_PID"), in("root", outside("victim")))), O_WRONLY);
}

static int through_parent(void) {
    int folder = open("..", O_PATH | O_CLOEXEC);
    return verdict(openat(folder, "outside/victim", O_WRONLY | O_CLOEXEC));
}

static int inherited_descriptor(void) {
    DIR *open_files = opendir("/proc/self/fd");
    struct dirent *entry;
    while (open_files != NULL && (entry = readdir(open_files)) != NULL) {
        int number = atoi(entry->d_name);
        struct stat status;
        int is_foreign = number > 2 && number != dirfd(open_files) && fstat(number, &status) == 0 && !S_ISFIFO(status.st_mode);
        if (is_foreign) {
            return 0;
        }
    }
    return EBADF;
}

static int change_mode(void) { return verdict(chmod(outside("victim"), 0666)); }
static int change_owner(void) { return verdict(chown(outside("victim"), getuid(), getgid())); }
static int change_times(void) { return verdict(utimensat(AT_FDCWD, outside("victim"), NULL, 0)); }
static int change_attribute(void) { return verdict(setxattr(outside("victim"), "user.probe", "1", 1, 0)); }

static int change_mode_by_descriptor(void) {
    int file = open(outside("victim"), O_RDONLY | O_CLOEXEC);
    return file < 0 ? errno : verdict(fchmod(file, 0666));
}

static int make_device(void) { return verdict(mknod("device", S_IFBLK | 0600, (dev_t)(254 << 8))); }
static int open_disk(void) { return try_open("/dev/vda", O_RDONLY); }
static int open_memory(void) { return try_open("/dev/mem", O_RDONLY); }
static int open_kernel_log(void) { return try_open("/dev/kmsg", O_WRONLY); }
static int write_etc(void) { return try_open("/etc/escape-probe", O_WRONLY | O_CREAT); }
static int write_usr(void) { return try_open("/usr/escape-probe", O_WRONLY | O_CREAT); }
static int write_var(void) { return try_open("/var/escape-probe", O_WRONLY | O_CREAT); }
static int write_run(void) { return try_open("/run/escape-probe", O_WRONLY | O_CREAT); }
static int write_core_pattern(void) { return try_open("/proc/sys/kernel/core_pattern", O_WRONLY); }
static int write_oom_score(void) { return try_open("/proc/1/oom_score_adj", O_WRONLY); }
static int write_sysrq(void) { return try_open("/proc/sysrq-trigger", O_WRONLY); }
static int write_sys(void) { return try_open("/sys/kernel/mm/ksm/run", O_WRONLY); }
static int write_control_group(void) { return verdict(mkdir("/sys/fs/cgroup/escape-probe", 0700)); }

static int by_handle(void) {
    union {
        struct file_handle handle;
        char room[sizeof(struct file_handle) + 128];
    } file = {.handle = {.handle_bytes = 128}};
    int mount;
    if (name_to_handle_at(AT_FDCWD, outside("victim"), &file.handle, &mount, 0) != 0) {
        return errno;
    }
    int root = open("/", O_RDONLY | O_CLOEXEC);
    return verdict(open_by_handle_at(root, &file.handle, O_WRONLY));
}

static int write_project(void) { return try_open("allowed", O_WRONLY | O_CREAT); }
static int write_temporary(void) { return try_open("/tmp/allowed", O_WRONLY | O_CREAT); }
static int write_shared_memory(void) { return try_open("/dev/shm/allowed", O_WRONLY | O_CREAT); }
static int write_null(void) { return try_open("/dev/null", O_WRONLY); }
static int write_home(void) { return try_open(home("notes"), O_WRONLY); }
static int write_cache(void) { return try_open(home(".cache/allowed"), O_WRONLY | O_CREAT); }
static int read_outside(void) { return try_open(outside("victim"), O_RDONLY); }
static int rename_in_project(void) {
    try_open("before", O_WRONLY | O_CREAT);
    mkdir("folder", 0700);
    return verdict(rename("before", "folder/after"));
}

const struct attempt file_attempts[] = {
    {"write-file", write_file}, {"append-file", append_file}, {"create-file", create_file}, {"truncate-file", truncate_file},
    {"unnamed-file", unnamed_file}, {"remove-file", remove_file}, {"remove-folder", remove_folder}, {"make-folder", make_folder},
    {"make-link", make_link}, {"make-fifo", make_fifo}, {"move-in", move_in}, {"move-out", move_out}, {"exchange", exchange},
    {"hard-link-in", hard_link_in}, {"hard-link-out", hard_link_out}, {"hard-link-by-descriptor", hard_link_by_descriptor},
    {"reopen-descriptor", reopen_descriptor}, {"through-link", through_link}, {"through-folder-link", through_folder_link},
    {"through-own-root", through_own_root}, {"through-first-root", through_first_root}, {"through-own-folder", through_own_folder},
    {"through-victims-root", through_victims_root}, {"through-parent", through_parent},
    {"inherited-descriptor", inherited_descriptor}, {"change-mode", change_mode}, {"change-owner", change_owner},
    {"change-times", change_times}, {"change-attribute", change_attribute},
    {"change-mode-by-descriptor", change_mode_by_descriptor}, {"make-device", make_device}, {"open-disk", open_disk},
    {"open-memory", open_memory}, {"open-kernel-log", open_kernel_log}, {"write-etc", write_etc}, {"write-usr", write_usr},
    {"write-var", write_var}, {"write-run", write_run}, {"write-core-pattern", write_core_pattern},
    {"write-oom-score", write_oom_score}, {"write-sysrq", write_sysrq}, {"write-sys", write_sys},
    {"write-control-group", write_control_group}, {"by-handle", by_handle}, {"write-project", write_project},
    {"write-temporary", write_temporary}, {"write-shared-memory", write_shared_memory}, {"write-null", write_null},
    {"write-home", write_home}, {"write-cache", write_cache}, {"read-outside", read_outside}, {"rename-in-project", rename_in_project},
    {NULL, NULL},
};

static int read_key(void) { return try_open(home(".ssh/key"), O_RDONLY); }
static int read_netrc(void) { return try_open(home(".netrc"), O_RDONLY); }
static int read_shadow(void) { return try_open("/etc/shadow", O_RDONLY); }
static int read_store(void) { return try_open(in(getenv("APUS_HOME"), "apus.db"), O_RDONLY); }
static int write_settings(void) { return try_open(in(getenv("APUS_HOME"), "settings.json"), O_WRONLY | O_CREAT); }
static int key_by_root(void) { return try_open(in("/proc/self/root", home(".ssh/key")), O_RDONLY); }
static int key_by_first_root(void) { return try_open(in("/proc/1/root", home(".ssh/key")), O_RDONLY); }
static int key_by_victims_root(void) {
    return try_open(in("/proc", in(getenv("VICTIM_PID"), in("root", home(".ssh/key")))), O_RDONLY);
}
static int victims_environment(void) { return try_open(in("/proc", in(getenv("VICTIM_PID"), "environ")), O_RDONLY); }

static int key_by_link(void) {
    char link[64];
    snprintf(link, sizeof link, "/tmp/key-%d", getpid());
    return symlink(home(".ssh/key"), link) != 0 ? errno : try_open(link, O_RDONLY);
}

static int key_by_hard_link(void) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/hard-%d", getpid());
    return link(home(".netrc"), path) != 0 ? errno : try_open(path, O_RDONLY);
}

static int list_keys(void) {
    DIR *folder = opendir(home(".ssh"));
    return folder == NULL ? errno : 0;
}

static int watch_keys(void) { return verdict(inotify_add_watch(inotify_init(), home(".ssh"), IN_ALL_EVENTS)); }
static int move_secrets(void) { return verdict(rename(home(".ssh"), home("ssh"))); }
static int open_up_cover(void) { return verdict(chmod(home(".ssh"), 0777)) != 0 ? errno : try_open(home(".ssh/key"), O_RDONLY); }
static int uncover(void) { return verdict(umount2(home(".ssh"), MNT_DETACH)); }
static int bind_key(void) { return verdict(mount(home(".ssh"), "/tmp", NULL, MS_BIND, NULL)); }
static int write_hook(void) { return try_open(".git/hooks/pre-commit", O_WRONLY | O_CREAT); }
static int write_git_settings(void) { return try_open(".git/config", O_WRONLY); }
static int replace_git_settings(void) {
    try_open(".git/other", O_WRONLY | O_CREAT);
    return verdict(rename(".git/other", ".git/config"));
}
static int move_hooks(void) { return verdict(rename(".git/hooks", ".git/hooks-aside")); }
static int move_git(void) { return verdict(rename(".git", "git-aside")); }
static int write_agent_settings(void) { return try_open(".apus/settings.json", O_WRONLY | O_CREAT); }
static int read_public_key(void) { return try_open(home(".ssh/known_hosts"), O_RDONLY); }
static int read_home(void) { return try_open(home("notes"), O_RDONLY); }
static int write_objects(void) { return try_open(".git/index.probe", O_WRONLY | O_CREAT); }

const struct attempt secret_attempts[] = {
    {"read-key", read_key}, {"read-netrc", read_netrc}, {"read-shadow", read_shadow}, {"read-store", read_store},
    {"write-settings", write_settings}, {"key-by-root", key_by_root}, {"key-by-first-root", key_by_first_root},
    {"key-by-victims-root", key_by_victims_root}, {"victims-environment", victims_environment}, {"key-by-link", key_by_link},
    {"key-by-hard-link", key_by_hard_link}, {"list-keys", list_keys}, {"watch-keys", watch_keys}, {"open-up-cover", open_up_cover},
    {"uncover", uncover}, {"bind-key", bind_key}, {"write-hook", write_hook}, {"write-git-settings", write_git_settings},
    {"replace-git-settings", replace_git_settings}, {"write-agent-settings", write_agent_settings},
    {"read-public-key", read_public_key}, {"read-home", read_home}, {"write-objects", write_objects},
    {"move-secrets", move_secrets}, {"move-hooks", move_hooks}, {"move-git", move_git}, {NULL, NULL},
};
