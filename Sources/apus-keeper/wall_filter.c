#define _GNU_SOURCE
#include "wall.h"

#include <errno.h>
#include <sched.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__)

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

#if defined(__x86_64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OWN_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef OWN_ARCHITECTURE

#ifndef SECCOMP_RET_KILL_PROCESS
#define SECCOMP_RET_KILL_PROCESS 0x80000000u
#endif

/* Calls that headers may not know yet; from 424 on numbers are the same on every architecture. */
enum {
    CALL_PIDFD_SEND_SIGNAL = 424,
    CALL_IO_URING_SETUP = 425,
    CALL_IO_URING_ENTER = 426,
    CALL_IO_URING_REGISTER = 427,
    CALL_OPEN_TREE = 428,
    CALL_MOVE_MOUNT = 429,
    CALL_FSOPEN = 430,
    CALL_FSCONFIG = 431,
    CALL_FSMOUNT = 432,
    CALL_FSPICK = 433,
    CALL_CLONE3 = 435,
    CALL_PIDFD_GETFD = 438,
    CALL_PROCESS_MADVISE = 440,
    CALL_MOUNT_SETATTR = 442,
    CALL_QUOTACTL_FD = 443,
    CALL_OPEN_TREE_ATTR = 467,
    /* What a later kernel adds is not known here, so it is not there; programs then do it the old way. */
    CALL_LAST_KNOWN = 469,
    X32_BIT = 0x40000000,
};

#define NEW_SPACES                                                                                                                   \
    (CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET | 0x80 /* time */)

#define REFUSE(number) (SECCOMP_RET_ERRNO | ((number) & SECCOMP_RET_DATA))
#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
/* The low half of an argument, on the little-endian machines that we have. */
#define ARGUMENT(index) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[index]))
#define RETURN(value) BPF_STMT(BPF_RET | BPF_K, (value))
#define UNLESS_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (skip))
#define IF_EQUAL(value, skip) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), (skip), 0)
#define IF_ANY_BIT(bits, skip) BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, (bits), (skip), 0)

/* Reach into other processes or the kernel, or change the machine. Refused with EPERM whatever the arguments. */
static const int refused[] = {
    CALL_IO_URING_SETUP, CALL_IO_URING_ENTER, CALL_IO_URING_REGISTER,
    SYS_ptrace, SYS_process_vm_readv, SYS_process_vm_writev, CALL_PROCESS_MADVISE, SYS_kcmp, CALL_PIDFD_GETFD,
    SYS_bpf, SYS_perf_event_open, SYS_userfaultfd,
    SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, CALL_OPEN_TREE, CALL_OPEN_TREE_ATTR, CALL_MOVE_MOUNT, CALL_FSOPEN, CALL_FSCONFIG,
    CALL_FSMOUNT, CALL_FSPICK, CALL_MOUNT_SETATTR,
    SYS_unshare, SYS_setns,
    SYS_open_by_handle_at, SYS_fanotify_init,
    SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
#ifdef SYS_kexec_file_load
    SYS_kexec_file_load,
#endif
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, CALL_QUOTACTL_FD, SYS_sethostname, SYS_setdomainname, SYS_syslog,
    SYS_settimeofday, SYS_clock_settime, SYS_clock_adjtime, SYS_adjtimex, SYS_vhangup, SYS_nfsservctl, SYS_lookup_dcookie,
    SYS_move_pages, SYS_migrate_pages,
#if defined(__x86_64__)
    SYS_iopl, SYS_ioperm, SYS__sysctl, SYS_uselib, SYS_ustat, SYS_modify_ldt, SYS_create_module, SYS_get_kernel_syms, SYS_query_module,
#endif
};

enum { LONGEST = 320 };

struct program {
    struct sock_filter steps[LONGEST];
    unsigned short count;
};

static void add(struct program *program, const struct sock_filter *steps, size_t count) {
    for (size_t index = 0; index < count && program->count < LONGEST; index++) {
        program->steps[program->count++] = steps[index];
    }
}

#define ADD(program, ...)                                                                                                            \
    do {                                                                                                                             \
        const struct sock_filter steps[] = {__VA_ARGS__};                                                                            \
        add((program), steps, sizeof steps / sizeof *steps);                                                                         \
    } while (0)

static void rule_machine(struct program *program) {
    ADD(program, LOAD(arch), IF_EQUAL(OWN_ARCHITECTURE, 1), RETURN(SECCOMP_RET_KILL_PROCESS), LOAD(nr));
#if defined(__x86_64__)
    ADD(program, BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_BIT, 0, 1), RETURN(SECCOMP_RET_KILL_PROCESS));
#endif
    ADD(program, BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, CALL_LAST_KNOWN, 0, 1), RETURN(REFUSE(ENOSYS)));
    /* Its flags are in memory, where a filter cannot look; without it programs use clone. */
    ADD(program, UNLESS_EQUAL(CALL_CLONE3, 1), RETURN(REFUSE(ENOSYS)));
}

static void rule_arguments(struct program *program) {
    ADD(program, UNLESS_EQUAL(SYS_clone, 4), ARGUMENT(0), IF_ANY_BIT(NEW_SPACES, 1), RETURN(SECCOMP_RET_ALLOW), RETURN(REFUSE(EPERM)));
    /* TIOCSTI types into a terminal, TIOCLINUX can do so on a console. */
    ADD(program, UNLESS_EQUAL(SYS_ioctl, 5), ARGUMENT(1), IF_EQUAL(0x5412, 2), IF_EQUAL(0x541C, 1), RETURN(SECCOMP_RET_ALLOW),
        RETURN(REFUSE(EPERM)));
    /* The plain one, the question, without address randomisation (debuggers), and what 32-bit build scripts ask for. */
    ADD(program, UNLESS_EQUAL(SYS_personality, 7), ARGUMENT(0), IF_EQUAL(0, 4), IF_EQUAL(0xFFFFFFFF, 3), IF_EQUAL(0x0040000, 2),
        IF_EQUAL(8, 1), RETURN(REFUSE(EPERM)), RETURN(SECCOMP_RET_ALLOW));
    /* Room on disk that nobody has written is not counted; the C library then writes it. Giving room back is allowed. */
    ADD(program, UNLESS_EQUAL(SYS_fallocate, 4), ARGUMENT(1), IF_ANY_BIT(2, 1), RETURN(REFUSE(EOPNOTSUPP)), RETURN(SECCOMP_RET_ALLOW));
}

/* Datagrams carry an address each, so pairs of them could reach a path, too. */
static void rule_pairs(struct program *program) {
    ADD(program, UNLESS_EQUAL(SYS_socketpair, 7), ARGUMENT(0), UNLESS_EQUAL(AF_UNIX, 4), ARGUMENT(1),
        BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xF), IF_EQUAL(SOCK_DGRAM, 1), RETURN(SECCOMP_RET_ALLOW), RETURN(REFUSE(EPERM)));
}

static void rule_sockets(struct program *program, bool network) {
    rule_pairs(program);
    if (!network) {
        ADD(program, UNLESS_EQUAL(SYS_socket, 1), RETURN(REFUSE(EPERM)));
        return;
    }
    /* The internet; of the kernel's own sockets those that tell about interfaces and connections; streams by path. */
    ADD(program, UNLESS_EQUAL(SYS_socket, 13), ARGUMENT(0), IF_EQUAL(AF_INET, 9), IF_EQUAL(AF_INET6, 8), UNLESS_EQUAL(AF_NETLINK, 3),
        ARGUMENT(2), IF_EQUAL(NETLINK_ROUTE, 5), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NETLINK_SOCK_DIAG, 4, 5), UNLESS_EQUAL(AF_UNIX, 4),
        ARGUMENT(1), BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0xF), IF_EQUAL(SOCK_DGRAM, 1), RETURN(SECCOMP_RET_ALLOW),
        RETURN(REFUSE(EPERM)));
}

int wall_filter_calls(const struct wall *wall) {
    static struct program program;
    program.count = 0;
    rule_machine(&program);
    for (size_t index = 0; index < sizeof refused / sizeof *refused; index++) {
        ADD(&program, UNLESS_EQUAL((unsigned)refused[index], 1), RETURN(REFUSE(EPERM)));
    }
    rule_arguments(&program);
    rule_sockets(&program, wall->network);
    ADD(&program, RETURN(SECCOMP_RET_ALLOW));
    if (program.count >= LONGEST) {
        return E2BIG;
    }
    struct sock_fprog filter = {.len = program.count, .filter = program.steps};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &filter) == 0 ? 0 : errno;
}

#else

int wall_filter_calls(const struct wall *wall) {
    (void)wall;
    return ENOTSUP;
}

#endif

#endif
