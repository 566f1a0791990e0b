#define _GNU_SOURCE
#include "wall.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CSandbox.h"

#if defined(__linux__)

#include <linux/capability.h>
#include <linux/securebits.h>
#include <sys/prctl.h>

enum { LAST_POSSIBLE_CAPABILITY = 63 };

int wall_drop_rights(void) {
    /* The bounding set first: it takes a capability to shrink it. */
    for (int number = 0; number <= LAST_POSSIBLE_CAPABILITY; number++) {
        if (prctl(PR_CAPBSET_DROP, number, 0, 0, 0) != 0 && errno == EPERM) {
            /* An ordinary user without a namespace has none to lose, and no_new_privs keeps it so. */
            break;
        }
    }
    /* From here on being user 0 gives nothing by itself. Needs a capability, too; no_new_privs says it again. */
    (void)prctl(
        PR_SET_SECUREBITS,
        SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP | SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
            SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED,
        0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2];
    memset(none, 0, sizeof none);
    if (syscall(SYS_capset, &header, none) != 0) {
        return errno;
    }
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

static void bound(__rlimit_resource_t resource, rlim_t value) {
    struct rlimit limit;
    if (getrlimit(resource, &limit) == 0) {
        limit.rlim_max = limit.rlim_max < value ? limit.rlim_max : value;
        limit.rlim_cur = limit.rlim_cur < limit.rlim_max ? limit.rlim_cur : limit.rlim_max;
        (void)setrlimit(resource, &limit);
    }
}

void wall_bound(const struct wall *wall, const struct wall_outcome *outcome) {
    bound(RLIMIT_CORE, 0);
    if (wall->maximum_written > 0) {
        bound(RLIMIT_FSIZE, wall->maximum_written);
    }
    /*
     * Counted for the user within this namespace, threads too; outside one it would count everything the user runs. User 0 is
     * exempt. With room to spare, so that the keeper sees a tree that grows beyond its bound and ends it, instead of a fork bomb
     * that waits for room.
     */
    if (wall->maximum_processes > 0 && (outcome->layers & APUS_LAYER_USER) != 0) {
        bound(RLIMIT_NPROC, (rlim_t)wall->maximum_processes * 4);
    }
}

#endif
