#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "CSandbox.h"
#include "wall.h"

#if defined(__linux__)

#include <sys/prctl.h>

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1u << 2)
#endif

/* Up to a second. */
enum { BUSY_ATTEMPTS = 200, BUSY_PAUSE_NS = 5000000 };

static const char *const default_path = "/usr/local/bin:/usr/bin:/bin";

static const char *search_path(char *const *environment) {
    for (; *environment != NULL; environment++) {
        if (strncmp(*environment, "PATH=", 5) == 0) {
            return *environment + 5;
        }
    }
    return default_path;
}

/*
 * Returns only on failure, with an errno value. A program that was written a moment ago counts as busy while any process still
 * holds its writer's descriptor: a child that another thread of the writer forked in that moment does, until it runs its own program.
 */
static int execute_path(const char *path, const struct launch *launch) {
    const struct timespec pause = {.tv_nsec = BUSY_PAUSE_NS};
    for (int attempt = 0; attempt < BUSY_ATTEMPTS; attempt++) {
        execve(path, launch->arguments, launch->environment);
        if (errno != ETXTBSY) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    return errno;
}

/* Returns only on failure, with an errno value. The command's own PATH is searched, never the keeper's. */
static int execute(const struct launch *launch) {
    if (launch->executable[0] == '\0') {
        return ENOENT;
    }
    if (strchr(launch->executable, '/') != NULL) {
        return execute_path(launch->executable, launch);
    }
    bool denied = false;
    for (const char *start = search_path(launch->environment);;) {
        const char *end = strchrnul(start, ':');
        char path[PATH_MAX];
        int length = snprintf(path, sizeof path, "%.*s/%s", (int)(end - start), start, launch->executable);
        /* An empty entry would mean the working directory, whose content is not ours to run by accident. */
        if (end > start && length < (int)sizeof path) {
            int error = execute_path(path, launch);
            if (error == EACCES) {
                denied = true;
            } else if (error != ENOENT && error != ENOTDIR) {
                return error;
            }
        }
        if (*end == '\0') {
            return denied ? EACCES : ENOENT;
        }
        start = end + 1;
    }
}

static int arrange_descriptors(int failure) {
    if (dup2(1, 2) < 0) {
        return errno;
    }
    /* All the keeper's descriptors are close-on-exec already; this holds even if one is added and forgotten. */
    (void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    return fcntl(failure, F_SETFD, FD_CLOEXEC) < 0 ? errno : 0;
}

static int prepare(const struct launch *launch, pid_t keeper, int failure, int *error) {
    /* Every signal is still blocked here, so one that came early stays pending instead of being lost. */
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        *error = errno;
        return APUS_STEP_SESSION;
    }
    /* The keeper may have died before the line above, and then no signal comes. */
    if (getppid() != keeper) {
        _exit(127);
    }
    if ((*error = arrange_descriptors(failure)) != 0) {
        return APUS_STEP_DESCRIPTORS;
    }
    if (chdir(launch->directory) != 0) {
        *error = errno;
        return APUS_STEP_DIRECTORY;
    }
    if ((*error = wall_enter(launch)) != 0) {
        return APUS_STEP_WALL;
    }
    return 0;
}

_Noreturn static void child(const struct launch *launch, pid_t keeper, int failure) {
    struct launch_failure report = {0};
    report.step = prepare(launch, keeper, failure, &report.error);
    if (report.step == 0) {
        apus_default_signals();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        report.step = APUS_STEP_EXEC;
        report.error = execute(launch);
    }
    (void)!write(failure, &report, sizeof report);
    _exit(127);
}

int command_start(const struct launch *launch, struct command *command) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) {
        return errno;
    }
    pid_t keeper = getpid();
    pid_t pid = fork();
    if (pid == 0) {
        child(launch, keeper, ends[1]);
    }
    int error = pid < 0 ? errno : 0;
    close(ends[1]);
    if (error != 0) {
        close(ends[0]);
        return error;
    }
    command->pid = pid;
    command->failure = ends[0];
    return 0;
}

#endif
