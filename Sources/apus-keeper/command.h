/* From the launch request to a running program. */
#ifndef APUS_COMMAND_H
#define APUS_COMMAND_H

#include <sys/types.h>

#include "launch.h"
#include "pids.h"
#include "wall.h"

/* Written by the child when its program could not be started. */
struct launch_failure {
    int step; /* APUS_STEP_ */
    int error;
};

struct command {
    pid_t pid;   /* also its process group and session */
    int failure; /* non-blocking: a launch_failure, or end of file once the program runs */
    int life; /* to be closed when the command is over: its namespace then ends with its last process */
    struct pids pids; /* the kernel's bound, where there is one */
    const struct wall_outcome *outcome; /* settled once the program runs or has failed */
};

/*
 * Forks the command with descriptor 1 as its stdout, and that or descriptor 2 as its stderr. 0, or an errno value when no process could be made; what goes
 * wrong after that arrives on `failure`. What was opened by then stays open: the keeper ends after a failure.
 */
int command_start(const struct launch *launch, const struct wall *wall, struct command *command);

#endif
