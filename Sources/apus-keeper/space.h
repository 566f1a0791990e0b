/*
 * The namespaces of a command.
 *
 * The keeper stays outside, and still the command and the first process of the namespace are its own children: a stage between them
 * makes the namespaces, forks both beside itself (CLONE_PARENT) and is gone. So the keeper's waiting, its parent-death signals and its
 * way to end a tree are what they are without a wall, and killing the first process ends everything in there, which the kernel sees to.
 */
#ifndef APUS_SPACE_H
#define APUS_SPACE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* What the stage is asked for and what the keeper says to it. */
struct space_talk {
    int ask[2]; /* the stage writes a byte when its user namespace waits for its map */
    int life[2]; /* the keeper answers with a byte; the end of it says that the command is over */
};

/* Makes the namespaces in `layers` for the calling process, as far as they can be made. Returns those that were, and the first error. */
uint32_t space_enter(uint32_t layers, const struct space_talk *talk, int *error);

/* The keeper's part of it: answers the stage `pid` until it has what it needs. */
void space_answer(const struct space_talk *talk, pid_t pid);

/* A fork whose parent is the caller's parent. */
pid_t space_fork_beside(void);

/*
 * The first process of a process namespace: it reaps, hands SIGTERM on to everybody in there, and leaves when the command is over
 * (`life` has ended) and nobody is left.
 */
_Noreturn void space_run_init(int life);

#endif
