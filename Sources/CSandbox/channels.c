#define _GNU_SOURCE
#include "CSandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#if defined(__linux__)

int apus_open_wake_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 ? 0 : errno;
}

static int fail_closing(const int *descriptors, int count) {
    int error = errno;
    for (int index = 0; index < count; index++) {
        if (descriptors[index] >= 0) {
            close(descriptors[index]);
        }
    }
    return error;
}

int apus_open_channels(struct apus_channels *channels, int apart) {
    /* Two sockets, then the ends of two pipes. */
    int ends[6] = {-1, -1, -1, -1, -1, -1};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        return errno;
    }
    if (pipe2(&ends[2], O_CLOEXEC) != 0 || (apart && pipe2(&ends[4], O_CLOEXEC) != 0)) {
        return fail_closing(ends, 6);
    }
    /* Each end has its own file status flags: only ours may refuse to block, a command expects a blocking stdout. */
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || fcntl(ends[2], F_SETFL, O_NONBLOCK) != 0 ||
        (apart && fcntl(ends[4], F_SETFL, O_NONBLOCK) != 0)) {
        return fail_closing(ends, 6);
    }
    *channels = (struct apus_channels){.control = ends[0], .keeper_control = ends[1], .output = ends[2], .keeper_output = ends[3],
        .errors = ends[4], .keeper_errors = ends[5]};
    return 0;
}

long apus_send(int descriptor, const void *bytes, unsigned long count) {
    ssize_t sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    return sent >= 0 ? (long)sent : -(long)errno;
}

#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

int apus_open_process(int32_t pid) {
    /* Close-on-exec by itself. */
    long descriptor = syscall(SYS_pidfd_open, (pid_t)pid, 0u);
    return descriptor >= 0 ? (int)descriptor : -errno;
}

int apus_signal_process(int descriptor, int signal) {
    return syscall(SYS_pidfd_send_signal, descriptor, signal, NULL, 0u) == 0 ? 0 : errno;
}

#else

int apus_open_process(int32_t pid) {
    (void)pid;
    return -ENOSYS;
}

int apus_signal_process(int descriptor, int signal) {
    (void)descriptor;
    (void)signal;
    return ENOSYS;
}

int apus_open_wake_pipe(int ends[2]) {
    if (pipe(ends) != 0) {
        return errno;
    }
    for (int index = 0; index < 2; index++) {
        fcntl(ends[index], F_SETFD, FD_CLOEXEC);
        fcntl(ends[index], F_SETFL, O_NONBLOCK);
    }
    return 0;
}

int apus_open_channels(struct apus_channels *channels, int apart) {
    (void)channels;
    (void)apart;
    return ENOSYS;
}

long apus_send(int descriptor, const void *bytes, unsigned long count) {
    (void)descriptor;
    (void)bytes;
    (void)count;
    return -(long)ENOSYS;
}

#endif

int apus_reap(int32_t pid) {
    for (;;) {
        pid_t reaped = waitpid(pid, NULL, WNOHANG);
        if (reaped == 0) {
            return 0;
        }
        if (reaped < 0 && errno == EINTR) {
            continue;
        }
        return 1;
    }
}
