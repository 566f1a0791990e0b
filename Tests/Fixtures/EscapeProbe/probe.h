/*
 * Attempts to get out of the wall, one by one, with plain system calls: no shell and no policy in between.
 *
 * The surroundings come from the environment: OUTSIDE (a folder that the user may write and the wall must not let through, with
 * `victim`, some other files, `empty/` and `socket` in it), HOME (with `.ssh/key`, `.netrc` and `notes`), APUS_HOME, VICTIM_PID, TCP_PORT, ABSTRACT.
 * The working directory is the project, a git checkout.
 */
#ifndef ESCAPE_PROBE_H
#define ESCAPE_PROBE_H

/* 0 when it worked, an errno when it was refused, or one of these. */
enum {
    KILLED = 10000, /* plus the signal: the kernel ended who tried */
    ABSENT = 20000, /* the machine has nothing to try it on */
};

struct attempt {
    const char *name;
    int (*run)(void);
};

extern const struct attempt file_attempts[];
extern const struct attempt secret_attempts[];
extern const struct attempt socket_attempts[];
extern const struct attempt process_attempts[];
extern const struct attempt kernel_attempts[];

/* `folder`/`name` in one of a few static rooms. */
const char *in(const char *folder, const char *name);
const char *outside(const char *name);
const char *home(const char *name);

/* 0 or errno of a call that gives -1. */
int verdict(long result);

/* Opens, and closes again. */
int try_open(const char *path, int flags);

/* Runs in a child: its exit code, or KILLED and the signal. */
int in_child(int (*run)(void));

#endif
