/* The seam for the wall: what a command may not do is decided here, in the command's own process, just before its program starts. */
#ifndef APUS_WALL_H
#define APUS_WALL_H

#include "launch.h"

/*
 * Called once in the forked child, after its session, parent-death signal, descriptors and working directory are in place and
 * before exec; what it restricts is inherited by everything the command starts. 0, or an errno value that ends the launch:
 * a wall that was asked for and cannot stand means that nothing runs. Without wall bytes in the request there is nothing to
 * do; this keeper knows no wall yet, so any wall bytes are refused with ENOTSUP.
 *
 * Namespaces that must exist before the process does (a process-id namespace) belong to the fork in `command_start`.
 */
int wall_enter(const struct launch *launch);

#endif
