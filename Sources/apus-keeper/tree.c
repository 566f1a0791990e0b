#define _GNU_SOURCE
#include "tree.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"

#if defined(__linux__)

/* Rounds that follow each other without a pause: forks are outrun, while memory is being given back a pause costs nothing. */
enum { EAGER_ROUNDS = 32, PAUSE_NS = 1000000 };

struct pids {
    pid_t *items;
    size_t count;
    size_t room;
};

static void add(struct pids *pids, pid_t pid) {
    if (pids->count == pids->room) {
        size_t room = pids->room == 0 ? 64 : pids->room * 2;
        pid_t *items = realloc(pids->items, room * sizeof *items);
        if (items == NULL) {
            return; /* those left out are met again in the next round */
        }
        pids->items = items;
        pids->room = room;
    }
    pids->items[pids->count++] = pid;
}

/* Adds the children of one thread. False when the kernel does not tell. */
static bool add_children_of_thread(struct pids *pids, const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return false;
    }
    char bytes[4096];
    pid_t pid = 0;
    ssize_t got;
    while ((got = read(file, bytes, sizeof bytes)) > 0) {
        for (ssize_t index = 0; index < got; index++) {
            if (isdigit((unsigned char)bytes[index])) {
                pid = pid * 10 + (bytes[index] - '0');
            } else if (pid > 0) {
                add(pids, pid);
                pid = 0;
            }
        }
    }
    close(file);
    return true;
}

static void add_children(struct pids *pids, pid_t parent) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/task", (int)parent);
    DIR *threads = opendir(path);
    if (threads == NULL) {
        return;
    }
    struct dirent *thread;
    while ((thread = readdir(threads)) != NULL) {
        int number = atoi(thread->d_name);
        if (number > 0) {
            snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)parent, number);
            add_children_of_thread(pids, path);
        }
    }
    closedir(threads);
}

static pid_t parent_of(const char *pid) {
    char path[64];
    char bytes[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return -1;
    }
    ssize_t got = read(file, bytes, sizeof bytes - 1);
    close(file);
    bytes[got > 0 ? got : 0] = '\0';
    /* The name in parentheses may itself hold parentheses and spaces; nothing after it does. */
    char *name_end = NULL;
    for (char *at = bytes; *at != '\0'; at++) {
        name_end = *at == ')' ? at : name_end;
    }
    int parent = -1;
    if (name_end == NULL || sscanf(name_end, ") %*c %d", &parent) != 1) {
        return -1;
    }
    return parent;
}

static void kill_with_group(pid_t pid) {
    /* The group belongs to the tree: a process can only join groups of its own session, and the command began one. */
    pid_t group = getpgid(pid);
    if (group > 1 && group != getpgrp()) {
        kill(-group, SIGKILL);
    }
    kill(pid, SIGKILL);
}

static bool holds(const struct pids *pids, pid_t pid) {
    for (size_t index = 0; index < pids->count; index++) {
        if (pids->items[index] == pid) {
            return true;
        }
    }
    return false;
}

/*
 * A round for kernels built without CONFIG_PROC_CHILDREN: one look at every process of the machine. A process is killed in the
 * moment its parent is seen to be the keeper or one killed before it; those missed are orphans, and so the keeper's, by the next round.
 */
static void kill_round_by_scan(struct pids *killed) {
    DIR *processes = opendir("/proc");
    if (processes == NULL) {
        return;
    }
    struct dirent *process;
    while ((process = readdir(processes)) != NULL) {
        if (!isdigit((unsigned char)process->d_name[0])) {
            continue;
        }
        pid_t parent = parent_of(process->d_name);
        if (parent == getpid() || holds(killed, parent)) {
            kill_with_group(atoi(process->d_name));
            add(killed, atoi(process->d_name));
        }
    }
    closedir(processes);
}

static void kill_round(struct pids *pids) {
    char own[64];
    snprintf(own, sizeof own, "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    pids->count = 0;
    if (!add_children_of_thread(pids, own)) {
        kill_round_by_scan(pids);
        return;
    }
    for (size_t index = 0; index < pids->count; index++) {
        kill_with_group(pids->items[index]);
        add_children(pids, pids->items[index]);
    }
}

size_t tree_visit(void (*visit)(void *context, pid_t pid), void *context) {
    struct pids pids = {0};
    char own[64];
    snprintf(own, sizeof own, "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    add_children_of_thread(&pids, own);
    for (size_t index = 0; index < pids.count; index++) {
        visit(context, pids.items[index]);
        add_children(&pids, pids.items[index]);
    }
    size_t count = pids.count;
    free(pids.items);
    return count;
}

void tree_terminate(void) {
    struct pids pids = {0};
    char own[64];
    snprintf(own, sizeof own, "/proc/%d/task/%d/children", (int)getpid(), (int)getpid());
    /* Without CONFIG_PROC_CHILDREN nobody is asked; the grace passes and the tree is ended. */
    if (add_children_of_thread(&pids, own)) {
        for (size_t index = 0; index < pids.count; index++) {
            kill(pids.items[index], SIGTERM);
            kill(pids.items[index], SIGCONT);
        }
    }
    free(pids.items);
}

bool tree_reap(tree_reaped reaped, void *context) {
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, WNOHANG | __WALL);
        if (pid > 0) {
            reaped(context, pid, status);
        } else if (pid == 0) {
            return false;
        } else if (errno != EINTR) {
            return true;
        }
    }
}

bool tree_end(int64_t deadline, tree_reaped reaped, void *context) {
    struct pids pids = {0};
    bool empty = tree_reap(reaped, context);
    for (int round = 0; !empty; round++) {
        kill_round(&pids);
        empty = tree_reap(reaped, context);
        if (empty || (deadline >= 0 && clock_ms() >= deadline)) {
            break;
        }
        if (round >= EAGER_ROUNDS) {
            sigset_t child;
            sigemptyset(&child);
            sigaddset(&child, SIGCHLD);
            struct timespec pause = {.tv_nsec = PAUSE_NS};
            sigtimedwait(&child, NULL, &pause);
        }
    }
    free(pids.items);
    return empty;
}

#endif
