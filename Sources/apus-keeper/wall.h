/* The wall: what a command may not do, put up in the command's own process just before its program starts. */
#ifndef APUS_WALL_H
#define APUS_WALL_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "launch.h"

struct wall_place {
    uint32_t kind; /* APUS_PLACE_ */
    const char *path; /* in the launch request */
    const char *source; /* of a stand-in; NULL for all others */
    bool made; /* a writable folder that was missing */
};

/* What the launch request asks for. */
struct wall {
    bool stands; /* false: no wall was asked for */
    bool required;
    bool stands_in; /* something is to be seen in place of something else */
    bool network;
    uint32_t left_out; /* layers to do without */
    uint32_t maximum_processes;
    uint64_t maximum_written;
    struct wall_place *places; /* by rising length of their paths */
    size_t count;
};

/* What came of it, in memory that the keeper shares with the processes that put the wall up. */
struct wall_outcome {
    uint32_t layers; /* APUS_LAYER_ */
    int landlock; /* the version in force */
    int error; /* of the first layer that does not stand */
    pid_t init; /* the first process of the namespace, or 0 */
    pid_t command;
};

/* 0, or EBADMSG for bytes that are no wall and ENOMEM. */
int wall_read(const struct launch *launch, struct wall *wall);

/* Makes missing writable folders; those that stayed empty are to be removed by `wall_tidy`. */
void wall_make_places(struct wall *wall);
void wall_tidy(const struct wall *wall);

/* Keeps what `wall_tidy` needs when the launch request is forgotten. */
void wall_keep_made(struct wall *wall);

/* The layers that this wall asks for. */
uint32_t wall_asked(const struct wall *wall);

/* Notes that a layer stands, or the first error of one that does not. */
void wall_note(struct wall_outcome *outcome, uint32_t layer, int error);

/*
 * The view of the file system, for a process that is in its own user and mount namespace and still has its capabilities there:
 * everything can be read only, but the writable places; temporary directories, /run and /dev are replaced; hidden places are
 * covered. The working directory is to be entered afterwards. 0 or an errno value; what was mounted by then stays.
 */
int wall_mount(const struct wall *wall, const char *directory, bool own_processes, bool *own_proc);

/* Landlock. Sets the layers that stand. */
void wall_restrict_files(const struct wall *wall, struct wall_outcome *outcome);

/* Gives up every capability for good, and any right that a program file could give. 0 or an errno value. */
int wall_drop_rights(void);

/* Bounds of the kernel that need no watching. */
void wall_bound(const struct wall *wall, const struct wall_outcome *outcome);

/* System calls. To be called last: afterwards only execve and what leads to it is sure to work. 0 or an errno value. */
int wall_filter_calls(const struct wall *wall);

/*
 * Everything after the view, in order. 0, or an errno value when the wall is required and a layer is missing. Restrictions are
 * inherited by everything the command starts, programs without a file included.
 */
int wall_enter(const struct wall *wall, struct wall_outcome *outcome);

#endif
