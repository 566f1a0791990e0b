/*
 * Bounds of a tree that the kernel does not keep: how many processes it has, and how many bytes it has put on disk.
 *
 * Looked at every APUS_WATCH_MS, so that a bound may be passed by what fits into that time.
 */
#ifndef APUS_WATCH_H
#define APUS_WATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "wall.h"

struct watch {
    uint32_t maximum_processes;
    uint64_t maximum_written;
    uint64_t written_before; /* by the keeper itself */
};

/* False when there is nothing to watch. */
bool watch_begin(struct watch *watch, const struct wall *wall);

/* The APUS_LIMIT_ that the keeper's descendants have passed, or 0. `own` bytes were written by the keeper itself meanwhile. */
int watch_look(const struct watch *watch, int64_t own);

#endif
