/* Other processes, namespaces, and the kernel itself. */
#define _GNU_SOURCE
#include "probe.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/reboot.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t victim(void) { return atoi(getenv("VICTIM_PID")); }

static int kill_victim(void) { return verdict(kill(victim(), 0)); }
static int kill_first(void) { return verdict(kill(1, SIGKILL)); }
static int kill_by_descriptor(void) { return verdict(syscall(434 /* pidfd_open */, victim(), 0)); }
static int queue_signal(void) { return verdict(sigqueue(victim(), 0, (union sigval){.sival_int = 0})); }
static int trace_victim(void) { return verdict(ptrace(PTRACE_SEIZE, victim(), 0, 0)); }
static int trace_first(void) { return verdict(ptrace(PTRACE_SEIZE, 1, 0, 0)); }
static int trace_self(void) { return verdict(ptrace(PTRACE_TRACEME, 0, 0, 0)); }
static int first_memory(void) { return try_open("/proc/1/mem", O_RDWR); }
static int victim_priority(void) { return verdict(setpriority(PRIO_PROCESS, (id_t)victim(), 5)); }
static int victim_limits(void) { return verdict(prlimit(victim(), RLIMIT_NOFILE, NULL, &(struct rlimit){0})); }
static int victim_processors(void) {
    cpu_set_t set;
    return verdict(sched_getaffinity(victim(), sizeof set, &set));
}

static int read_memory(pid_t pid) {
    char byte;
    struct iovec own = {&byte, 1};
    struct iovec other = {(void *)0x400000, 1};
    return verdict(process_vm_readv(pid, &own, 1, &other, 1, 0));
}

static int victim_memory(void) { return read_memory(victim()); }
static int own_memory(void) { return read_memory(getpid()); }
static int compare_files(void) { return verdict(syscall(SYS_kcmp, getpid(), victim(), 0, 0, 0)); }
static int shared_memory(void) { return verdict(shmget((key_t)atoi(getenv("SHARED_KEY")), 0, 0)); }

const struct attempt process_attempts[] = {
    {"kill-victim", kill_victim}, {"kill-first", kill_first}, {"kill-by-descriptor", kill_by_descriptor}, {"queue-signal", queue_signal},
    {"trace-victim", trace_victim}, {"trace-first", trace_first}, {"trace-self", trace_self}, {"first-memory", first_memory},
    {"victim-priority", victim_priority}, {"victim-limits", victim_limits}, {"victim-processors", victim_processors},
    {"victim-memory", victim_memory}, {"own-memory", own_memory}, {"compare-files", compare_files}, {"shared-memory", shared_memory},
    {NULL, NULL},
};

static int new_user(void) { return verdict(unshare(CLONE_NEWUSER)); }
static int new_mounts(void) { return verdict(unshare(CLONE_NEWNS)); }
static int new_network(void) { return verdict(unshare(CLONE_NEWUSER | CLONE_NEWNET)); }

static int clone_user(void) {
    long pid = syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0) {
        _exit(0);
    }
    return verdict(pid);
}

static int clone_three(void) {
    uint64_t arguments[11] = {CLONE_NEWUSER, 0, 0, 0, SIGCHLD};
    long pid = syscall(435, arguments, 64);
    if (pid == 0) {
        _exit(0);
    }
    return verdict(pid);
}

static int join_first(void) {
    int space = open("/proc/1/ns/mnt", O_RDONLY | O_CLOEXEC);
    return space < 0 ? errno : verdict(setns(space, 0));
}

static int join_own(void) { return verdict(setns(open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC), 0)); }
static int bind_mount(void) { return verdict(mount(outside(""), "/tmp", NULL, MS_BIND, NULL)); }
static int remount(void) { return verdict(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL)); }
static int mount_memory(void) { return verdict(mount("none", "/tmp", "tmpfs", 0, NULL)); }
static int mount_proc(void) { return verdict(mount("proc", "/tmp", "proc", 0, NULL)); }
static int unmount_temporary(void) { return verdict(umount2("/tmp", MNT_DETACH)); }
static int new_mount_calls(void) { return verdict(syscall(430 /* fsopen */, "tmpfs", 0)); }
static int copy_tree(void) { return verdict(syscall(428 /* open_tree */, AT_FDCWD, "/", 1)); }
static int move_tree(void) { return verdict(syscall(429, AT_FDCWD, "/tmp", AT_FDCWD, "/tmp", 0)); }
static int change_mount(void) { return verdict(syscall(442, AT_FDCWD, "/", 0x8000, (uint64_t[4]){0, 1}, 32)); }
static int change_root(void) { return verdict(chroot("/tmp")); }
static int pivot(void) { return verdict(syscall(SYS_pivot_root, ".", ".")); }

static int ring(void) {
    uint32_t parameters[30] = {0};
    return verdict(syscall(425, 1, parameters));
}

static int bpf_map(void) {
    uint32_t attributes[32] = {2, 4, 4, 1};
    return verdict(syscall(SYS_bpf, 0, attributes, sizeof attributes));
}

static int performance(void) {
    uint32_t attributes[32] = {1, 128};
    return verdict(syscall(SYS_perf_event_open, attributes, 0, -1, -1, 0));
}

static int keyring(void) { return verdict(syscall(SYS_keyctl, 0, -3, 1)); }
static int add_key(void) { return verdict(syscall(SYS_add_key, "user", "probe", "x", 1, -3)); }
static int request_key(void) { return verdict(syscall(SYS_request_key, "user", "probe", NULL, -3)); }
static int fault_handling(void) { return verdict(syscall(SYS_userfaultfd, O_CLOEXEC | 1)); }
static int watch_files(void) { return verdict(syscall(SYS_fanotify_init, 0, 0)); }
static int load_module(void) { return verdict(syscall(SYS_init_module, "", 0, "")); }
static int load_module_file(void) { return verdict(syscall(SYS_finit_module, -1, "", 0)); }
static int new_kernel(void) { return verdict(syscall(SYS_kexec_load, 0, 0, NULL, 0)); }
static int reboot_key(void) {
    return verdict(syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_CAD_OFF, NULL));
}
static int name_machine(void) { return verdict(sethostname("probe", 5)); }
static int swap(void) { return verdict(syscall(SYS_swapon, "/nowhere", 0)) == ENOENT ? 0 : errno; }
static int accounting(void) { return verdict(acct(NULL)); }
static int kernel_messages(void) { return verdict(syscall(SYS_syslog, 3, "", 0)); }

static int set_clock(void) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return verdict(clock_settime(CLOCK_REALTIME, &now));
}

static int odd_personality(void) { return verdict(syscall(SYS_personality, 0x0400000 /* READ_IMPLIES_EXEC */)); }

static int type_for_others(void) {
    int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (terminal < 0) {
        return errno;
    }
    char letter = 'x';
    return verdict(ioctl(terminal, TIOCSTI, &letter));
}

#if defined(__x86_64__)
static int short_call(void) {
    long result = 20; /* getpid of 32 bits */
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    return result == -ENOSYS ? ABSENT : 0;
}
static int x32_call(void) { return verdict(syscall(0x40000000 | SYS_getpid)) == ENOSYS ? ABSENT : errno; }
static int ports(void) { return verdict(syscall(SYS_iopl, 3)); }
#else
static int short_call(void) { return ABSENT; }
static int x32_call(void) { return ABSENT; }
static int ports(void) { return ABSENT; }
#endif

static int unknown_call(void) { return verdict(syscall(470)); }
static int become_root(void) { return getuid() == 0 ? verdict(setresuid(1, 1, 1)) : verdict(setresuid(0, 0, 0)); }
static int join_groups(void) { return verdict(setgroups(1, (gid_t[]){0})); }

static int take_rights(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct all[2] = {{~0u, ~0u, 0}, {0xFF, 0xFF, 0}};
    return verdict(syscall(SYS_capset, &header, all));
}

/* A program file that would give rights gives none. */
static int privileged_program(void) { return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? EPERM : 0; }
static int lift(__rlimit_resource_t resource) {
    return verdict(setrlimit(resource, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}));
}
static int dump_core(void) { return lift(RLIMIT_CORE); }
static int raise_file_size(void) { return lift(RLIMIT_FSIZE); }

static int program_without_file(void) {
    int copy = memfd_create("probe", MFD_CLOEXEC);
    int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    char bytes[65536];
    ssize_t got;
    if (copy < 0 || own < 0) {
        return errno;
    }
    while ((got = read(own, bytes, sizeof bytes)) > 0) {
        (void)!write(copy, bytes, (size_t)got);
    }
    int ends[2];
    if (pipe(ends) != 0) {
        return errno;
    }
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        char *const arguments[] = {"probe", "write-file", NULL};
        fexecve(copy, arguments, environ);
        _exit(1);
    }
    close(ends[1]);
    got = read(ends[0], bytes, sizeof bytes - 1);
    bytes[got > 0 ? got : 0] = '\0';
    waitpid(pid, NULL, 0);
    /* It runs, behind the same wall. */
    return strstr(bytes, "worked") != NULL ? 0 : got > 0 ? EACCES : ENOEXEC;
}

static int room_on_disk(void) {
    int file = open("/tmp/room", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return file < 0 ? errno : verdict(fallocate(file, 0, 0, 1 << 20));
}

const struct attempt kernel_attempts[] = {
    {"new-user-namespace", new_user}, {"new-mount-namespace", new_mounts}, {"new-network-namespace", new_network},
    {"clone-user-namespace", clone_user}, {"clone3-user-namespace", clone_three}, {"join-first", join_first}, {"join-own", join_own},
    {"bind-mount", bind_mount}, {"remount", remount}, {"mount-memory", mount_memory}, {"mount-proc", mount_proc},
    {"unmount", unmount_temporary}, {"fsopen", new_mount_calls}, {"open-tree", copy_tree}, {"move-mount", move_tree},
    {"mount-setattr", change_mount}, {"chroot", change_root}, {"pivot-root", pivot}, {"io-uring", ring}, {"bpf", bpf_map},
    {"perf-event", performance}, {"keyctl", keyring}, {"add-key", add_key}, {"request-key", request_key},
    {"userfaultfd", fault_handling}, {"fanotify", watch_files}, {"init-module", load_module}, {"finit-module", load_module_file},
    {"kexec", new_kernel}, {"reboot", reboot_key}, {"sethostname", name_machine}, {"swapon", swap}, {"acct", accounting},
    {"syslog", kernel_messages}, {"clock-settime", set_clock}, {"personality", odd_personality}, {"tiocsti", type_for_others},
    {"32-bit-call", short_call}, {"x32-call", x32_call}, {"iopl", ports}, {"unknown-call", unknown_call}, {"setuid", become_root},
    {"setgroups", join_groups}, {"capset", take_rights}, {"privileged-program", privileged_program}, {"core-dump", dump_core},
    {"raise-file-size", raise_file_size}, {"memfd-exec", program_without_file}, {"fallocate", room_on_disk}, {NULL, NULL},
};
