/* What of the kernel's means of containment there is. Nothing here changes the calling process. */
#define _GNU_SOURCE
#include <errno.h>

#include "CSandbox.h"

#if defined(__linux__)

#include <fcntl.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* Older headers lack Landlock; the numbers are the same on every architecture. */
enum { LANDLOCK_CREATE_RULESET = 444, LANDLOCK_VERSION = 1, OPEN_TREE = 428, MOUNT_SETATTR = 442 };
#define COPY_TREE 1u /* OPEN_TREE_CLONE */
#define WHOLE_TREE 0x8000u /* AT_RECURSIVE */

int apus_landlock_version(void) {
    long version = syscall(LANDLOCK_CREATE_RULESET, NULL, 0, LANDLOCK_VERSION);
    return version < 0 ? -errno : (int)version;
}

int apus_has_seccomp_filters(void) {
    unsigned int action = SECCOMP_RET_ERRNO;
    return syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action) == 0;
}

static int try_user_namespace(void) { return unshare(CLONE_NEWUSER) == 0 ? 0 : errno; }

/* The calls of the keeper's `mounting.c`; some systems give the namespace and refuse them. */
static int try_view(void) {
    struct {
        uint64_t set, clear, propagation, user_namespace;
    } read_only = {.set = 1};
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return errno;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) return errno;
    int copy = (int)syscall(OPEN_TREE, AT_FDCWD, "/", COPY_TREE | O_CLOEXEC | WHOLE_TREE);
    if (copy < 0) return errno;
    return syscall(MOUNT_SETATTR, copy, "", AT_EMPTY_PATH, &read_only, sizeof read_only) == 0 ? 0 : errno;
}

/* In a child, so that nothing changes here. */
static int try_apart(int (*attempt)(void)) {
    pid_t child = fork();
    if (child < 0) return errno;
    if (child == 0) _exit(attempt());
    int status = 0;
    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR) return errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : EINTR;
}

int apus_try_user_namespace(void) { return try_apart(try_user_namespace); }
int apus_try_view(void) { return try_apart(try_view); }

#else

int apus_landlock_version(void) { return -ENOSYS; }
int apus_has_seccomp_filters(void) { return 0; }
int apus_try_user_namespace(void) { return ENOSYS; }
int apus_try_view(void) { return ENOSYS; }

#endif
