/* What of the kernel's means of containment there is. Nothing here changes the calling process. */
#define _GNU_SOURCE
#include <errno.h>

#include "CSandbox.h"

#if defined(__linux__)

#include <linux/seccomp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Older headers lack Landlock; the numbers are the same on every architecture. */
enum { LANDLOCK_CREATE_RULESET = 444, LANDLOCK_VERSION = 1 };

int apus_landlock_version(void) {
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
    return version < 0 ? -errno : (int)version;
}

int apus_has_seccomp_filters(void) {
    unsigned int action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

int apus_try_user_namespace(void) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) _exit(unshare(CLONE_NEWUSER) == 0 ? 0 : errno);
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

#else

int apus_landlock_version(void) { return -ENOSYS; }
int apus_has_seccomp_filters(void) { return 0; }
int apus_try_user_namespace(void) { return ENOSYS; }

#endif
