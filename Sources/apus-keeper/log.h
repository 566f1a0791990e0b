/*
 * The log of a background command: what comes out of a pipe goes to a file that cannot fill the disk.
 *
 * The folder is the owner's and private; it stays locked (flock, shared) for as long as the keeper lives, which tells whoever
 * tidies up that it is in use.
 */
#ifndef APUS_LOG_H
#define APUS_LOG_H

#include <stdbool.h>
#include <stdint.h>

struct log {
    int folder;  /* -1 when there is none */
    int file;    /* -1 while it could not be opened */
    int pipe;    /* non-blocking read end, -1 once it is over */
    int64_t size;
    int64_t taken; /* bytes that came through the pipe */
    int64_t lost; /* bytes that could not be written and were not told of yet */
};

/* Opens the folder, makes the log in it, and puts the writing end of a new pipe in place of descriptor 1. 0 or an errno value. */
int log_open(struct log *log, const char *folder);

/* Moves what waits in the pipe to the file, at most a megabyte. What cannot be written is dropped and counted: the command never waits. */
void log_take(struct log *log);

/* Leaves in `end` how the command ended, complete or not at all. */
void log_end(struct log *log, bool signaled, int value, bool asked);

#endif
