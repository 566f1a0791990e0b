#define _GNU_SOURCE
#include "pids.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if defined(__linux__)

/*
 * A process that was reaped a moment ago may still count for the kernel. Below the bound of three the keeper's own helpers would not
 * fit: the stage, the first process of the namespace and the command.
 */
enum { REMOVE_ATTEMPTS = 20, REMOVE_PAUSE_NS = 1000000, SMALLEST_BOUND = 3 };

static const char *const prefix = "apus-";

static int open_in(const char *folder, const char *name, int flags) {
    char path[640];
    int length = snprintf(path, sizeof path, "%s/%s", folder, name);
    return length < (int)sizeof path ? open(path, flags | O_CLOEXEC) : -1;
}

static bool put(const char *folder, const char *name, const char *text) {
    int file = open_in(folder, name, O_WRONLY);
    bool done = file >= 0 && write(file, text, strlen(text)) == (ssize_t)strlen(text);
    if (file >= 0) {
        close(file);
    }
    return done;
}

static bool get(const char *folder, const char *name, char *text, size_t size) {
    int file = open_in(folder, name, O_RDONLY);
    ssize_t got = file < 0 ? -1 : read(file, text, size - 1);
    text[got > 0 ? got : 0] = '\0';
    if (file >= 0) {
        close(file);
    }
    return got >= 0;
}

/* The keeper's cgroup in the hierarchy that has the pids controller: an old one of its own, else the unified one. */
static bool read_own(char *own, size_t size, bool *unified) {
    FILE *file = fopen("/proc/self/cgroup", "re");
    char line[512];
    bool found = false;
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        line[strcspn(line, "\n")] = '\0';
        char *controllers = strchr(line, ':');
        char *path = controllers == NULL ? NULL : strchr(controllers + 1, ':');
        if (path == NULL) {
            continue;
        }
        *path++ = '\0';
        bool old = strcmp(controllers + 1, "pids") == 0;
        if (old || (!found && strncmp(line, "0:", 2) == 0)) {
            found = snprintf(own, size, "%s", path) < (int)size;
            *unified = !old;
            if (old) {
                break;
            }
        }
    }
    if (file != NULL) {
        fclose(file);
    }
    /* Outside of the cgroup namespace there is nothing to be seen of it. */
    return found && own[0] == '/' && strncmp(own, "/..", 3) != 0;
}

static bool has_word(const char *list, const char *word) {
    size_t length = strlen(word);
    for (const char *at = list; (at = strstr(at, word)) != NULL; at += length) {
        bool begins = at == list || at[-1] == ',' || at[-1] == ' ';
        if (begins && strchr(", \n", at[length]) != NULL) {
            return true;
        }
    }
    return false;
}

/* The folder of the keeper's cgroup. */
static bool find_own(char *folder, size_t size, bool *unified) {
    char own[256];
    char *line = NULL;
    size_t room = 0;
    bool found = false;
    FILE *mounts = read_own(own, sizeof own, unified) ? fopen("/proc/self/mountinfo", "re") : NULL;
    while (mounts != NULL && !found && getline(&line, &room, mounts) >= 0) {
        char root[256];
        char point[256];
        char kind[32];
        char options[512];
        char *rest = strstr(line, " - ");
        if (rest == NULL || sscanf(line, "%*s %*s %*s %255s %255s", root, point) != 2 ||
            sscanf(rest, " - %31s %*s %511s", kind, options) != 2) {
            continue;
        }
        if (strcmp(kind, *unified ? "cgroup2" : "cgroup") != 0 || (!*unified && !has_word(options, "pids"))) {
            continue;
        }
        size_t above = strcmp(root, "/") == 0 ? 0 : strlen(root);
        if (strncmp(own, root, above) == 0 && (own[above] == '/' || own[above] == '\0')) {
            const char *below = strcmp(own + above, "/") == 0 ? "" : own + above;
            found = snprintf(folder, size, "%s%s", point, below) < (int)size;
        }
    }
    free(line);
    if (mounts != NULL) {
        fclose(mounts);
    }
    return found;
}

/* Those of dead keepers. One with processes in it, whoever made it, cannot be removed. */
static void remove_leftovers(const char *folder) {
    DIR *entries = opendir(folder);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char *end = NULL;
        long pid = strncmp(entry->d_name, prefix, strlen(prefix)) == 0 ? strtol(entry->d_name + strlen(prefix), &end, 10) : 0;
        if (pid > 0 && *end == '\0' && kill((pid_t)pid, 0) != 0 && errno == ESRCH) {
            (void)unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
        }
    }
    if (entries != NULL) {
        closedir(entries);
    }
}

/* Whether the new cgroup has the controller, which its parent decides. */
static bool has_controller(const char *parent, const char *path, bool unified) {
    char text[256];
    if (unified && !get(path, "pids.max", text, sizeof text)) {
        /* Only the root has no type. */
        if (get(parent, "cgroup.type", text, sizeof text) || !put(parent, "cgroup.subtree_control", "+pids")) {
            return false;
        }
    }
    if (unified && get(path, "cgroup.type", text, sizeof text) && strcmp(text, "domain invalid\n") == 0) {
        return put(path, "cgroup.type", "threaded");
    }
    return true;
}

void pids_begin(struct pids *pids, uint32_t maximum) {
    char parent[400];
    char bound[16];
    bool unified = false;
    if (maximum < SMALLEST_BOUND || !find_own(parent, sizeof parent, &unified)) {
        return;
    }
    remove_leftovers(parent);
    snprintf(pids->path, sizeof pids->path, "%s/%s%d", parent, prefix, (int)getpid());
    snprintf(bound, sizeof bound, "%u", maximum);
    /* A keeper of this number may have been here before. */
    if (mkdir(pids->path, 0755) != 0 && (errno != EEXIST || rmdir(pids->path) != 0 || mkdir(pids->path, 0755) != 0)) {
        pids->path[0] = '\0';
        return;
    }
    if (has_controller(parent, pids->path, unified) && put(pids->path, "pids.max", bound)) {
        pids->processes = open_in(pids->path, "cgroup.procs", O_WRONLY);
    }
    if (pids->processes < 0) {
        pids_end(pids);
    }
}

bool pids_join(const struct pids *pids) {
    return pids->processes >= 0 && write(pids->processes, "0", 1) == 1;
}

bool pids_refused(const struct pids *pids) {
    char text[256];
    return pids->processes >= 0 && get(pids->path, "pids.events", text, sizeof text) && strncmp(text, "max ", 4) == 0 &&
        strtoull(text + 4, NULL, 10) > 0;
}

void pids_end(struct pids *pids) {
    const struct timespec pause = {.tv_nsec = REMOVE_PAUSE_NS};
    if (pids->processes >= 0) {
        close(pids->processes);
        pids->processes = -1;
    }
    for (int attempt = 0; pids->path[0] != '\0' && attempt < REMOVE_ATTEMPTS; attempt++) {
        if (rmdir(pids->path) == 0 || errno != EBUSY) {
            break;
        }
        nanosleep(&pause, NULL);
    }
    pids->path[0] = '\0';
}

#endif
