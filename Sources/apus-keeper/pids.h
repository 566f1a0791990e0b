/*
 * The kernel's own bound of a tree: a cgroup with `pids.max` below the keeper's, where the keeper may make one.
 *
 * It counts threads, too, and refuses the fork that would pass the bound. Nobody else's process is moved, and a controller is only
 * switched on in the root of the hierarchy: anywhere else that would turn a cgroup which holds processes into a threaded one, for
 * good and for everybody in it. Without it, counting remains.
 */
#ifndef APUS_PIDS_H
#define APUS_PIDS_H

#include <stdbool.h>
#include <stdint.h>

struct pids {
    char path[512]; /* of the cgroup; empty without one */
    int processes;  /* its cgroup.procs, or -1 */
};

/* Makes the cgroup, and removes what dead keepers left. `maximum` 0: none is made. */
void pids_begin(struct pids *pids, uint32_t maximum);

/* Puts the calling process into it, with everything it will start. */
bool pids_join(const struct pids *pids);

/* Whether a fork was refused. Kernels before 6.11 say so, too, when a cgroup further up refused it. */
bool pids_refused(const struct pids *pids);

/* Removes the cgroup, once its tree is empty. */
void pids_end(struct pids *pids);

#endif
