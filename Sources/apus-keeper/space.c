#define _GNU_SOURCE
#include "space.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "CSandbox.h"
#include "wall.h"

#if defined(__linux__)

#include <sys/prctl.h>
#include <sys/signalfd.h>

static int write_text(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    if (file < 0) {
        return errno;
    }
    ssize_t length = (ssize_t)strlen(text);
    int error = write(file, text, (size_t)length) == length ? 0 : errno;
    close(file);
    return error;
}

/* One user and one group, which everyone may map for itself. Files of others then seem to belong to nobody. */
static int map_self(uid_t user, gid_t group) {
    char line[64];
    (void)write_text("/proc/self/setgroups", "deny");
    snprintf(line, sizeof line, "%u %u 1", user, user);
    int error = write_text("/proc/self/uid_map", line);
    snprintf(line, sizeof line, "%u %u 1", group, group);
    int other = write_text("/proc/self/gid_map", line);
    return error != 0 ? error : other;
}

/* Everything this process has, unchanged, so that files seem to belong to whom they do. Takes the rights of user 0. */
static int map_same(pid_t pid, const char *name) {
    char path[64];
    char map[4096];
    size_t length = 0;
    snprintf(path, sizeof path, "/proc/self/%s", name);
    FILE *own = fopen(path, "re");
    unsigned inside;
    unsigned outside;
    unsigned count;
    while (own != NULL && length < sizeof map - 64 && fscanf(own, "%u %u %u", &inside, &outside, &count) == 3) {
        length += (size_t)snprintf(map + length, sizeof map - length, "%u %u %u\n", inside, inside, count);
    }
    if (own == NULL) {
        return errno;
    }
    fclose(own);
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    return write_text(path, map);
}

void space_answer(const struct space_talk *talk, pid_t pid) {
    char byte;
    ssize_t got;
    do {
        got = read(talk->ask[0], &byte, 1);
    } while (got < 0 && errno == EINTR);
    if (got == 1) {
        byte = map_same(pid, "uid_map") == 0 && map_same(pid, "gid_map") == 0 ? 'y' : 'n';
        (void)!write(talk->life[1], &byte, 1);
    }
}

static int enter_user_space(const struct space_talk *talk) {
    uid_t user = geteuid();
    gid_t group = getegid();
    if (unshare(CLONE_NEWUSER) != 0) {
        return errno;
    }
    if (user == 0) {
        char byte = 'm';
        (void)!write(talk->ask[1], &byte, 1);
        if (read(talk->life[0], &byte, 1) == 1 && byte == 'y') {
            return 0;
        }
    }
    return map_self(user, group);
}

uint32_t space_enter(uint32_t layers, const struct space_talk *talk, int *error) {
    static const struct {
        uint32_t layer;
        int flag;
    } spaces[] = {
        {APUS_LAYER_MOUNTS, CLONE_NEWNS},
        {APUS_LAYER_PROCESSES, CLONE_NEWPID},
        {APUS_LAYER_NETWORK, CLONE_NEWNET},
        {APUS_LAYER_IPC, CLONE_NEWIPC},
    };
    *error = enter_user_space(talk);
    if (*error != 0) {
        return 0;
    }
    uint32_t made = APUS_LAYER_USER;
    for (size_t index = 0; index < sizeof spaces / sizeof *spaces; index++) {
        if ((layers & spaces[index].layer) == 0) {
            continue;
        }
        if (unshare(spaces[index].flag) == 0) {
            made |= spaces[index].layer;
        } else if (*error == 0) {
            *error = errno;
        }
    }
    return made;
}

pid_t space_fork_beside(void) {
    return (pid_t)syscall(SYS_clone, CLONE_PARENT | SIGCHLD, NULL, NULL, NULL, NULL);
}

static void reap(bool is_over) {
    for (;;) {
        pid_t pid = waitpid(-1, NULL, WNOHANG | __WALL);
        if (pid == 0 || (pid < 0 && errno == EINTR)) {
            if (pid == 0) {
                return;
            }
        } else if (pid < 0) {
            if (is_over) {
                _exit(0);
            }
            return;
        }
    }
}

static void hear(int signals) {
    struct signalfd_siginfo signal;
    while (read(signals, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGTERM) {
            kill(-1, SIGTERM);
            kill(-1, SIGCONT);
        }
    }
}

_Noreturn void space_run_init(int life) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NAME, "apus-init");
    setsid();
    /* It may not hold the command's output open, nor a folder busy. */
    dup2(life, 0);
    apus_close_from(1);
    (void)!chdir("/");
    sigset_t heard;
    sigemptyset(&heard);
    sigaddset(&heard, SIGCHLD);
    sigaddset(&heard, SIGTERM);
    int signals = signalfd(-1, &heard, SFD_CLOEXEC | SFD_NONBLOCK);
    (void)wall_drop_rights();
    prctl(PR_SET_DUMPABLE, 0);
    bool is_over = false;
    for (;;) {
        struct pollfd watched[] = {{.fd = is_over ? -1 : 0, .events = 0}, {.fd = signals, .events = POLLIN}};
        if (poll(watched, 2, -1) < 0 && errno != EINTR) {
            _exit(1);
        }
        is_over = is_over || (watched[0].revents & (POLLHUP | POLLERR)) != 0;
        hear(signals);
        reap(is_over);
    }
}

#endif
