#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>

#if defined(__linux__)

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum { STACK_BYTES = 64 * 1024, FIRST_SPARE_DESCRIPTOR = 10 };

#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define APUS_COPIED_MEMORY 1
#endif
#endif

/* The thread sanitizer takes every clone for a fork and stops at one that shares memory: only there, the memory is copied. */
#ifdef APUS_COPIED_MEMORY
enum { CLONE_FLAGS = CLONE_VFORK | SIGCHLD, STACK_FLAGS = MAP_SHARED | MAP_ANONYMOUS };
#else
enum { CLONE_FLAGS = CLONE_VM | CLONE_VFORK | SIGCHLD, STACK_FLAGS = MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK };
#endif

void apus_close_from(int first) {
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0u) == 0) {
        return;
    }
    /* Kernels before 5.9. No opendir here: this runs between clone and exec, where memory may not be allocated. */
    struct rlimit limit;
    int end = 65536;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < (1u << 20)) {
        end = (int)limit.rlim_cur;
    }
    for (int descriptor = first; descriptor < end; descriptor++) {
        close(descriptor);
    }
}

void apus_default_signals(void) {
    /* The kernel's own struct, all zero: default action, no flags, no mask; it is smaller than this on every architecture. */
    unsigned long plain[8] = {0};
    for (int number = 1; number < NSIG; number++) {
        syscall(SYS_rt_sigaction, number, plain, NULL, (size_t)((NSIG - 1) / 8));
    }
}

struct spawn {
    const char *path;
    int control;
    int output;
    int errors; /* -1: none */
    int error; /* written by the child */
};

/* Puts the four descriptors where the keeper expects them, whatever numbers they have now. */
static int arrange_descriptors(const struct spawn *spawn) {
    int control = fcntl(spawn->control, F_DUPFD, FIRST_SPARE_DESCRIPTOR);
    int output = fcntl(spawn->output, F_DUPFD, FIRST_SPARE_DESCRIPTOR);
    int errors = spawn->errors < 0 ? -1 : fcntl(spawn->errors, F_DUPFD, FIRST_SPARE_DESCRIPTOR);
    int opened = open("/dev/null", O_RDWR);
    int null = opened < 0 ? -1 : fcntl(opened, F_DUPFD, FIRST_SPARE_DESCRIPTOR);
    if (control < 0 || output < 0 || null < 0 || (spawn->errors >= 0 && errors < 0)) {
        return errno;
    }
    if (dup2(null, 0) < 0 || dup2(output, 1) < 0 || dup2(errors >= 0 ? errors : null, 2) < 0 ||
        dup2(control, 3) < 0) {
        return errno;
    }
    apus_close_from(4);
    return 0;
}

/* Runs in the caller's memory while the calling thread sleeps: system calls only, nothing that locks or allocates. */
__attribute__((no_sanitize("thread", "address"))) static int child(void *context) {
    struct spawn *spawn = context;
    /* Handlers point into the caller's program, and an inherited "ignore" would outlive the exec. */
    apus_default_signals();
    setsid();
    spawn->error = arrange_descriptors(spawn);
    if (spawn->error == 0) {
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        char *const arguments[] = {"apus-keeper", NULL};
        char *const environment[] = {NULL};
        execve(spawn->path, arguments, environment);
        spawn->error = errno;
    }
    _exit(127);
}

int apus_spawn_keeper(const char *path, int keeper_control, int keeper_output, int keeper_errors, int32_t *pid) {
    *pid = -1;
    char *stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, STACK_FLAGS, -1, 0);
    if (stack == MAP_FAILED) {
        return errno;
    }
    /* At the far end of the child's stack, where both sides see it in either way of sharing. */
    struct spawn *spawn = (struct spawn *)stack;
    *spawn = (struct spawn){.path = path, .control = keeper_control, .output = keeper_output, .errors = keeper_errors};
    /* No handler of ours may run in the child, which shares our memory: everything is blocked until it has reset them. */
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t made = clone(child, stack + STACK_BYTES, CLONE_FLAGS, spawn);
    int error = made < 0 ? errno : spawn->error;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    munmap(stack, STACK_BYTES);
    if (made >= 0 && error != 0) {
        while (waitpid(made, NULL, 0) < 0 && errno == EINTR) {
        }
    } else if (error == 0) {
        *pid = made;
    }
    return error;
}

#else

#include <signal.h>
#include <unistd.h>

void apus_default_signals(void) {
    for (int number = 1; number < NSIG; number++) {
        signal(number, SIG_DFL);
    }
}

void apus_close_from(int first) {
    long end = sysconf(_SC_OPEN_MAX);
    for (int descriptor = first; descriptor < end; descriptor++) {
        close(descriptor);
    }
}

int apus_spawn_keeper(const char *path, int keeper_control, int keeper_output, int keeper_errors, int32_t *pid) {
    (void)path;
    (void)keeper_control;
    (void)keeper_output;
    (void)keeper_errors;
    *pid = -1;
    return ENOSYS;
}

#endif
