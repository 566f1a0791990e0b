#define _GNU_SOURCE
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "CSandbox.h"
#include "space.h"
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

static int arrange_descriptors(int failure, bool apart) {
    if (!apart && dup2(1, 2) < 0) {
        return errno;
    }
    /* All the keeper's descriptors are close-on-exec already; this holds even if one is added and forgotten. */
    (void)close_range(3, ~0u, CLOSE_RANGE_CLOEXEC);
    return fcntl(failure, F_SETFD, FD_CLOEXEC) < 0 ? errno : 0;
}

/* What the processes between the keeper and the program know. */
struct start {
    const struct launch *launch;
    const struct wall *wall;
    struct wall_outcome *outcome;
    struct space_talk talk;
    const struct pids *pids;
    int failure;
};

/* Without a process namespace an outsider would do: the pipe's other end is the keeper's alone. */
static bool keeper_lives(const struct start *start) {
    struct pollfd life = {.fd = start->talk.life[0], .events = 0};
    return poll(&life, 1, 0) == 0;
}

static int put_up_wall(const struct start *start) {
    struct wall_outcome *outcome = start->outcome;
    if ((outcome->layers & APUS_LAYER_MOUNTS) != 0) {
        bool own_proc = false;
        int error = wall_mount(start->wall, start->launch->directory, (outcome->layers & APUS_LAYER_PROCESSES) != 0, &own_proc);
        outcome->layers &= ~(uint32_t)APUS_LAYER_MOUNTS;
        wall_note(outcome, APUS_LAYER_MOUNTS, error);
        wall_note(outcome, APUS_LAYER_PROC, own_proc ? 0 : EPERM);
    }
    if (chdir(start->launch->directory) != 0) {
        return -errno;
    }
    return wall_enter(start->wall, outcome);
}

static int prepare(const struct start *start, int *error) {
    /* Every signal is still blocked here, so one that came early stays pending instead of being lost. */
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) {
        *error = errno;
        return APUS_STEP_SESSION;
    }
    /* The keeper may have died before the line above, and then no signal comes. */
    if (!keeper_lives(start)) {
        _exit(127);
    }
    if ((*error = arrange_descriptors(start->failure, (start->launch->flags & APUS_LAUNCH_APART) != 0)) != 0) {
        return APUS_STEP_DESCRIPTORS;
    }
    *error = start->wall->stands ? put_up_wall(start) : chdir(start->launch->directory) != 0 ? -errno : 0;
    if (*error < 0) {
        *error = -*error;
        return APUS_STEP_DIRECTORY;
    }
    return *error != 0 ? APUS_STEP_WALL : 0;
}

_Noreturn static void child(const struct start *start) {
    struct launch_failure report = {0};
    report.step = prepare(start, &report.error);
    if (report.step == 0) {
        apus_default_signals();
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        report.step = APUS_STEP_EXEC;
        report.error = execute(start->launch);
    }
    (void)!write(start->failure, &report, sizeof report);
    _exit(127);
}

/* Makes the namespaces, forks what lives in them beside itself, and is gone. */
_Noreturn static void stage(const struct start *start, pid_t keeper) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != keeper) {
        _exit(127);
    }
    close(start->talk.life[1]);
    int error = 0;
    struct wall_outcome *outcome = start->outcome;
    /* Before it forks, and while it has the keeper's rights. */
    bool is_bounded = pids_join(start->pids);
    uint32_t wanted = wall_asked(start->wall) & ~start->wall->left_out;
    if ((wanted & APUS_LAYER_USER) != 0) {
        outcome->layers = space_enter(wanted, &start->talk, &error);
    }
    outcome->layers |= is_bounded ? APUS_LAYER_PIDS : 0;
    outcome->error = error;
    if ((outcome->layers & APUS_LAYER_PROCESSES) != 0) {
        pid_t init = space_fork_beside();
        if (init == 0) {
            space_run_init(start->talk.life[0]);
        }
        outcome->init = init > 0 ? init : 0;
        if (init < 0) {
            _exit(errno);
        }
    }
    pid_t pid = space_fork_beside();
    if (pid == 0) {
        child(start);
    }
    outcome->command = pid > 0 ? pid : 0;
    _exit(pid < 0 ? errno : 0);
}

static int start_in_wall(const struct start *start, pid_t *pid) {
    pid_t keeper = getpid();
    pid_t between = fork();
    if (between == 0) {
        stage(start, keeper);
    }
    if (between < 0) {
        return errno;
    }
    close(start->talk.ask[1]);
    space_answer(&start->talk, between);
    int status = 0;
    while (waitpid(between, &status, 0) < 0 && errno == EINTR) {
    }
    *pid = start->outcome->command;
    if (*pid > 0) {
        return 0;
    }
    if (start->outcome->init > 0) {
        kill(start->outcome->init, SIGKILL);
    }
    return WIFEXITED(status) && WEXITSTATUS(status) != 0 ? WEXITSTATUS(status) : EAGAIN;
}

static int start_plainly(const struct start *start, pid_t *pid) {
    *pid = fork();
    if (*pid == 0) {
        close(start->talk.life[1]);
        child(start);
    }
    return *pid < 0 ? errno : 0;
}

int command_start(const struct launch *launch, const struct wall *wall, struct command *command) {
    int ends[2];
    struct start start = {.launch = launch, .wall = wall, .pids = &command->pids, .talk = {.ask = {-1, -1}}};
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0 || pipe2(start.talk.life, O_CLOEXEC) != 0 || pipe2(start.talk.ask, O_CLOEXEC) != 0) {
        return errno;
    }
    start.failure = ends[1];
    start.outcome = mmap(NULL, sizeof *start.outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (start.outcome == MAP_FAILED) {
        return errno;
    }
    if (wall->stands && (wall->left_out & APUS_LAYER_PIDS) == 0) {
        pids_begin(&command->pids, wall->maximum_processes);
    }
    int error = wall->stands ? start_in_wall(&start, &command->pid) : start_plainly(&start, &command->pid);
    close(ends[1]);
    close(start.talk.life[0]);
    close(start.talk.ask[0]);
    command->failure = ends[0];
    command->life = start.talk.life[1];
    command->outcome = start.outcome;
    return error;
}

#endif
