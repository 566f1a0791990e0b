/*
 * The part of starting a keeper that Swift cannot say: calls that must be made between clone and exec, and GNU extensions.
 * Every function returns 0 or an errno value unless it says otherwise; on systems other than Linux those that need Linux
 * return ENOSYS.
 */
#ifndef APUS_CSANDBOX_H
#define APUS_CSANDBOX_H

#include <stdint.h>
#include <sys/types.h>

#include "KeeperProtocol.h"

/* The ends that connect apus with one keeper. All are close-on-exec. */
struct apus_channels {
    int control;       /* ours: non-blocking, carries the launch request, orders and reports */
    int keeper_control;
    int output;        /* ours: non-blocking read end of the command's stdout, and of its stderr unless that has its own */
    int keeper_output;
    int errors;        /* ours: as `output` for stderr alone; -1 when it goes with stdout */
    int keeper_errors;
};

/* Opens all or none; `apart` asks for a pipe for stderr. */
int apus_open_channels(struct apus_channels *channels, int apart);

/*
 * Starts the keeper at `path` in a session of its own, with default signals, an empty environment and exactly four
 * descriptors: 0 /dev/null, 1 the output pipe, 2 the pipe for stderr or, with -1, /dev/null, 3 the control socket. The calling thread waits until the keeper's
 * program has replaced it; no memory is copied, so the price does not depend on how much the caller holds. The child must be
 * reaped by the caller. The keeper gets no parent-death signal: that would fire when the calling *thread* ends.
 */
int apus_spawn_keeper(const char *path, int keeper_control, int keeper_output, int keeper_errors, int32_t *pid);

/* A non-blocking close-on-exec pipe: ends[0] is read, ends[1] written. */
int apus_open_wake_pipe(int ends[2]);

/* send(2) that never raises SIGPIPE. The number of bytes, or minus an errno value. */
long apus_send(int descriptor, const void *bytes, unsigned long count);

/* Closes every descriptor from `first` on. Safe between clone and exec. */
void apus_close_from(int first);

/*
 * Gives every signal its default action. An ignored signal would stay ignored through exec, and sigaction(3) does not reach the
 * two that the C library keeps for itself. Safe between clone and exec.
 */
void apus_default_signals(void);

/* The version of Landlock's interface, 1 or more; minus an errno value where the kernel has none or has it switched off. */
int apus_landlock_version(void);

/* Whether the kernel takes seccomp filters. */
int apus_has_seccomp_filters(void);

/* Makes a user namespace in a child and ends it: 0 when that may be done here. */
int apus_try_user_namespace(void);

/* Makes a view of the file system in a child, with something in it read only, and ends it: 0 when that may be done here. */
int apus_try_view(void);

/* The effect of waitpid(2) without waiting: 0 not yet over, 1 reaped or not ours any more. */
int apus_reap(int32_t pid);

/*
 * A descriptor that means this very process for as long as it is open, whoever gets its number later. Minus an errno value when there
 * is no such process, and -ENOSYS on kernels before 5.3.
 */
int apus_open_process(int32_t pid);

/* Sends a signal through such a descriptor. */
int apus_signal_process(int descriptor, int signal);

#endif
