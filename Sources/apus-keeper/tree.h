/*
 * Ending a tree so that nothing is left.
 *
 * The keeper is a subreaper: a descendant whose parent dies becomes the keeper's child, whatever session or group it moved to.
 * The tree is therefore empty exactly when the keeper has no child, which waitpid tells without a race.
 */
#ifndef APUS_TREE_H
#define APUS_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Called for each reaped child. */
typedef void (*tree_reaped)(void *context, pid_t pid, int status);

/* Reaps what is over, without waiting. True when no child is left. */
bool tree_reap(tree_reaped reaped, void *context);

/*
 * Kills every descendant in repeated rounds until no child is left or `deadline` (clock_ms) passes; a negative deadline never does.
 * True when the tree is empty. SIGCHLD must be blocked.
 *
 * A round walks from the keeper's children downwards and kills each process before it lists that process's children. After SIGKILL has
 * been sent, the kernel lets no thread of that process finish another fork, so what the list shows is all there will ever be; and
 * since only the keeper reaps, and only between rounds, no number on the list can have been given to a stranger. The process's group
 * goes with it in one call, which the kernel makes atomic against forks: an ordinary fork bomb ends there. A chain that changes its
 * group at every step and whose parents exit at once must win against every round to survive; each round that sees the current link
 * before it has forked ends the chain.
 *
 * Beyond reach: a process that the keeper may not signal (another user's, by a set-user-id program) and one that sleeps in the
 * kernel until it wakes.
 */
bool tree_end(int64_t deadline, tree_reaped reaped, void *context);

/*
 * Calls `visit` for each descendant and returns how many there are. A look without a lock: who comes or goes meanwhile may be missed.
 * Without CONFIG_PROC_CHILDREN nobody is seen.
 */
size_t tree_visit(void (*visit)(void *context, pid_t pid), void *context);

/* Sends SIGTERM and SIGCONT to the keeper's own children: only those numbers cannot have been given to a stranger. */
void tree_terminate(void);

#endif
