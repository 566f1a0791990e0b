/* The launch request as the keeper holds it. */
#ifndef APUS_LAUNCH_H
#define APUS_LAUNCH_H

#include <stddef.h>
#include <stdint.h>

struct launch {
    char *body; /* everything below points into it */
    size_t length;
    uint32_t policy;
    uint32_t grace_ms;
    uint32_t flags;
    char *executable;
    char *directory;
    char **arguments;   /* ends with NULL, argument 0 included */
    char **environment; /* ends with NULL */
    const char *log_folder; /* of a background command, otherwise NULL */
    const char *wall;
    size_t wall_length;
};

/*
 * Reads the one launch request from `control`, waiting at most ten seconds. 0, or an errno value: EPIPE when the owner went
 * away, EPROTO when the request came from another build, EBADMSG when it is malformed, E2BIG over APUS_LAUNCH_LIMIT.
 */
int launch_read(int control, struct launch *launch);

/* Frees the request and overwrites its bytes: the environment may hold secrets. */
void launch_forget(struct launch *launch);

#endif
