/*
 * apus-keeper stands between apus and one command, so that the command's whole tree ends when it should: with the command,
 * when apus says so, and when apus dies in any way.
 *
 * It is started by apus only, with descriptor 1 as the command's output, descriptor 2 as its stderr when that is kept apart, and
 * descriptor 3 as the control socket
 * (KeeperProtocol.h). One process, one thread, one command:
 *
 *   read the launch request -> fork the command -> wait -> report how it ended -> end what is left of its tree -> exit
 *
 * All signals are blocked: a terminal's SIGINT and a stray SIGTERM are apus's business, and the control socket says all else.
 *
 * A background command (APUS_POLICY_BACKGROUND) is the exception: once apus has recorded it, it outlives apus. Its keeper writes its
 * log, stays as long as anything of the tree lives, and takes SIGTERM as the order to end it. A command that a signal ended was meant
 * to end, and the rest of its tree ends with it; one that left by itself may have left servers behind, and those stay.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CSandbox.h"
#include "clock.h"
#include "command.h"
#include "launch.h"
#include "log.h"
#include "tree.h"
#include "watch.h"

#if defined(__linux__)

#include <sys/prctl.h>
#include <sys/signalfd.h>

enum { CONTROL = 3 };

struct keeper {
    struct launch launch;
    struct wall wall;
    struct command command;
    struct watch watch;
    int64_t watch_at;  /* clock_ms, or -1 */
    int signals;
    bool started;      /* STARTED or FAILED was reported */
    bool ended;        /* the command was reaped and reported */
    bool asked;        /* an order to end came first */
    bool owner_gone;
    bool detached;     /* outlives the owner */
    bool is_background;
    bool by_signal;    /* the command was ended by a signal */
    bool is_empty;     /* nothing of the tree is left */
    int end_value;     /* its code or signal */
    struct log log;
    bool kill_now;
    int64_t kill_at;   /* clock_ms, or -1 */
    int32_t stragglers;
    struct apus_order order; /* received so far */
    size_t order_bytes;
};

static void report(uint32_t kind, uint32_t detail, int32_t value, int32_t extra) {
    struct apus_report message = {.kind = kind, .detail = detail, .value = value, .extra = extra};
    /* A handful of reports always fits the socket's buffer, so this neither blocks nor is cut; without an owner nobody listens. */
    (void)apus_send(CONTROL, &message, sizeof message);
}

/* Learns whether the program replaced the fork. */
static void hear_start(struct keeper *keeper, bool is_over) {
    struct launch_failure failure;
    ssize_t got = keeper->started ? -1 : read(keeper->command.failure, &failure, sizeof failure);
    /* The first process of a namespace may not have closed its end yet; a failure would have been written before the command ended. */
    if (keeper->started || (got < 0 && !is_over)) {
        return;
    }
    keeper->started = true;
    close(keeper->command.failure);
    keeper->command.failure = -1;
    const struct wall_outcome *outcome = keeper->command.outcome;
    if (keeper->wall.stands) {
        report(APUS_REPORT_WALL, outcome->layers, outcome->landlock, outcome->error);
    }
    if (got == sizeof failure) {
        report(APUS_REPORT_FAILED, (uint32_t)failure.step, failure.error, 0);
        keeper->ended = true;
    } else {
        report(APUS_REPORT_STARTED, 0, keeper->command.pid, 0);
    }
}

static void reaped(void *context, pid_t pid, int status) {
    struct keeper *keeper = context;
    if (pid != keeper->command.pid) {
        keeper->stragglers += pid != keeper->command.outcome->init;
        return;
    }
    /* Both the failure and the end may be waiting; a failed launch must not pass for an exit code of the command. */
    hear_start(keeper, true);
    if (keeper->command.life >= 0) {
        close(keeper->command.life);
        keeper->command.life = -1;
    }
    if (!keeper->ended) {
        keeper->ended = true;
        bool signaled = WIFSIGNALED(status);
        keeper->by_signal = signaled;
        keeper->end_value = signaled ? WTERMSIG(status) : WEXITSTATUS(status);
        report(APUS_REPORT_ENDED, signaled, signaled ? WTERMSIG(status) : WEXITSTATUS(status), keeper->asked);
    }
}

static void kill_in(struct keeper *keeper, uint32_t grace) {
    int64_t when = clock_ms() + grace;
    if (keeper->kill_at < 0 || when < keeper->kill_at) {
        keeper->kill_at = when;
    }
}

/* The command is gone, and its number and its group's may be a stranger's by now: those it left are asked one by one. */
static void end_remains(struct keeper *keeper, uint32_t grace) {
    kill_in(keeper, grace);
    tree_terminate();
}

static void terminate(struct keeper *keeper, int signal, uint32_t grace) {
    keeper->asked = true;
    if (keeper->ended) {
        end_remains(keeper, grace);
        return;
    }
    kill_in(keeper, grace);
    /* Before the fork has begun its session there is no such group yet. */
    if (kill(-keeper->command.pid, signal) != 0) {
        kill(keeper->command.pid, signal);
    }
    kill(-keeper->command.pid, SIGCONT);
}

static void obey(struct keeper *keeper) {
    uint32_t grace = keeper->order.grace_ms == APUS_LAUNCH_GRACE ? keeper->launch.grace_ms : keeper->order.grace_ms;
    switch (keeper->order.kind) {
    case APUS_ORDER_DETACH:
        keeper->detached = keeper->is_background;
        report(APUS_REPORT_DETACHED, 0, 0, 0);
        return;
    case APUS_ORDER_TERMINATE:
        terminate(keeper, SIGTERM, grace);
        return;
    case APUS_ORDER_INTERRUPT:
        terminate(keeper, SIGINT, grace);
        return;
    default:
        keeper->asked = true;
        keeper->kill_now = true;
    }
}

static void hear_orders(struct keeper *keeper) {
    for (;;) {
        char *next = (char *)&keeper->order + keeper->order_bytes;
        ssize_t got = recv(CONTROL, next, sizeof keeper->order - keeper->order_bytes, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got == 0 || (got < 0 && errno != EAGAIN)) {
            keeper->owner_gone = true;
            return;
        }
        if (got < 0) {
            return;
        }
        keeper->order_bytes += (size_t)got;
        if (keeper->order_bytes == sizeof keeper->order) {
            keeper->order_bytes = 0;
            obey(keeper);
        }
    }
}

static void hear_signals(struct keeper *keeper) {
    struct signalfd_siginfo signal;
    while (read(keeper->signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGTERM) {
            terminate(keeper, SIGTERM, keeper->launch.grace_ms);
        }
    }
    bool was_ended = keeper->ended;
    keeper->is_empty = tree_reap(reaped, keeper);
    if (keeper->is_background && !was_ended && keeper->ended && !keeper->is_empty && (keeper->asked || keeper->by_signal)) {
        end_remains(keeper, keeper->launch.grace_ms);
    }
}

/* Looks after the bounds when it is time to. */
static void watch(struct keeper *keeper) {
    int64_t now = clock_ms();
    if (keeper->watch_at < 0 || now < keeper->watch_at) {
        return;
    }
    keeper->watch_at = now + APUS_WATCH_MS;
    int limit = watch_look(&keeper->watch, keeper->is_background ? keeper->log.taken : 0);
    if (pids_refused(&keeper->command.pids)) {
        limit = APUS_LIMIT_PROCESSES;
    }
    if (limit != 0) {
        report(APUS_REPORT_LIMIT, (uint32_t)limit, 0, 0);
        keeper->watch_at = -1;
        keeper->kill_now = true;
    }
}

static bool must_end(const struct keeper *keeper) {
    if (keeper->kill_now || (keeper->owner_gone && !keeper->detached)) {
        return true;
    }
    if (!keeper->ended || !keeper->is_background) {
        return keeper->ended;
    }
    return keeper->is_empty;
}

/* Until the command is over, or its tree must end. */
static void wait_for_end(struct keeper *keeper) {
    while (!must_end(keeper)) {
        int timeout = -1;
        if (keeper->kill_at >= 0) {
            int64_t left = keeper->kill_at - clock_ms();
            if (left <= 0) {
                return;
            }
            timeout = left < 60000 ? (int)left : 60000;
        }
        if (keeper->watch_at >= 0) {
            int64_t left = keeper->watch_at - clock_ms();
            left = left < 0 ? 0 : left;
            timeout = timeout < 0 || left < timeout ? (int)left : timeout;
        }
        struct pollfd watched[] = {
            {.fd = keeper->owner_gone ? -1 : CONTROL, .events = POLLIN},
            {.fd = keeper->signals, .events = POLLIN},
            {.fd = keeper->command.failure, .events = POLLIN},
            {.fd = keeper->log.pipe, .events = POLLIN},
        };
        int ready = poll(watched, 4, timeout);
        watch(keeper);
        if (ready <= 0) {
            continue;
        }
        if (watched[3].revents != 0) {
            log_take(&keeper->log);
        }
        if (watched[2].revents != 0) {
            hear_start(keeper, false);
        }
        if (watched[1].revents != 0) {
            hear_signals(keeper);
        }
        if (watched[0].revents != 0) {
            hear_orders(keeper);
        }
    }
}

static void clear_tree(struct keeper *keeper) {
    bool empty = tree_end(clock_ms() + APUS_CLEAR_LIMIT_MS, reaped, keeper);
    if (empty) {
        pids_end(&keeper->command.pids);
    }
    report(APUS_REPORT_CLEARED, empty, keeper->stragglers, 0);
    if (!empty) {
        /* Something cannot be killed yet. Leaving would hand it to nobody, so stay until it ends. */
        tree_end(-1, reaped, keeper);
        pids_end(&keeper->command.pids);
    }
    wall_tidy(&keeper->wall);
    if (keeper->is_background) {
        log_take(&keeper->log);
        log_end(&keeper->log, keeper->by_signal, keeper->end_value, keeper->asked);
    }
}

static int prepare(struct keeper *keeper) {
    sigset_t all;
    sigset_t child;
    sigfillset(&all);
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* An inherited "ignore" would make the kernel reap for us. */
    signal(SIGCHLD, SIG_DFL);
    keeper->signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
    if (keeper->signals < 0 || fcntl(CONTROL, F_SETFD, FD_CLOEXEC) != 0 || prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) {
        return errno;
    }
    return 0;
}

/* From here on SIGTERM is heard, and what the command writes goes to its log. */
static int begin_background(struct keeper *keeper) {
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGTERM);
    if (signalfd(keeper->signals, &heard, SFD_CLOEXEC | SFD_NONBLOCK) < 0) {
        return errno;
    }
    return log_open(&keeper->log, keeper->launch.log_folder);
}

static int fail(int step, int error) {
    report(APUS_REPORT_FAILED, (uint32_t)step, error, 0);
    return 1;
}

int main(void) {
    struct keeper keeper = {.command = {.pid = -1, .failure = -1, .life = -1, .pids = {.processes = -1}},
        .kill_at = -1, .watch_at = -1, .log = {.folder = -1, .file = -1, .pipe = -1}};
    int type;
    socklen_t size = sizeof type;
    if (getsockopt(CONTROL, SOL_SOCKET, SO_TYPE, &type, &size) != 0) {
        fputs("apus-keeper is started by apus and is not a command of its own.\n", stderr);
        return 64;
    }
    int error = prepare(&keeper);
    if (error != 0) {
        return fail(APUS_STEP_PREPARE, error);
    }
    error = launch_read(CONTROL, &keeper.launch);
    if (error != 0) {
        return fail(APUS_STEP_REQUEST, error);
    }
    keeper.is_background = keeper.launch.policy == APUS_POLICY_BACKGROUND;
    if (keeper.launch.policy != APUS_POLICY_DIE_WITH_OWNER && !keeper.is_background) {
        return fail(APUS_STEP_POLICY, ENOTSUP);
    }
    if (keeper.is_background && (error = begin_background(&keeper)) != 0) {
        return fail(APUS_STEP_LOG, error);
    }
    error = wall_read(&keeper.launch, &keeper.wall);
    if (error != 0) {
        return fail(APUS_STEP_WALL, error);
    }
    wall_make_places(&keeper.wall);
    error = command_start(&keeper.launch, &keeper.wall, &keeper.command);
    if (error != 0) {
        pids_end(&keeper.command.pids);
        return fail(APUS_STEP_FORK, error);
    }
    /* The pipes must end with the command's tree, and the keeper holds no directory busy. */
    dup2(0, 1);
    dup2(0, 2);
    (void)!chdir("/");
    uint32_t grace = keeper.launch.grace_ms;
    wall_keep_made(&keeper.wall);
    if (watch_begin(&keeper.watch, &keeper.wall)) {
        keeper.watch_at = clock_ms() + APUS_WATCH_MS;
    }
    launch_forget(&keeper.launch);
    keeper.launch.grace_ms = grace;

    wait_for_end(&keeper);
    clear_tree(&keeper);
    return 0;
}

#else

int main(void) {
    fputs("apus-keeper runs on Linux only.\n", stderr);
    return 64;
}

#endif
