#define _GNU_SOURCE
#include "watch.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CSandbox.h"
#include "tree.h"

#if defined(__linux__)

/* Bytes that a process, and those of its children that it has reaped, caused to be stored. Nothing where the kernel does not count. */
static uint64_t written_by(const char *process) {
    char path[64];
    char text[512];
    snprintf(path, sizeof path, "/proc/%s/io", process);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return 0;
    }
    ssize_t got = read(file, text, sizeof text - 1);
    close(file);
    text[got > 0 ? got : 0] = '\0';
    const char *stored = strstr(text, "\nwrite_bytes: ");
    const char *cancelled = strstr(text, "\ncancelled_write_bytes: ");
    uint64_t bytes = stored == NULL ? 0 : strtoull(stored + 14, NULL, 10);
    uint64_t taken_back = cancelled == NULL ? 0 : strtoull(cancelled + 24, NULL, 10);
    return bytes > taken_back ? bytes - taken_back : 0;
}

bool watch_begin(struct watch *watch, const struct wall *wall) {
    watch->maximum_processes = wall->maximum_processes;
    watch->maximum_written = wall->maximum_written;
    watch->written_before = written_by("self");
    return wall->stands && (wall->maximum_processes > 0 || wall->maximum_written > 0);
}

struct sum {
    const struct watch *watch;
    uint64_t written;
};

static void add_process(void *context, pid_t pid) {
    struct sum *sum = context;
    if (sum->watch->maximum_written > 0) {
        char name[16];
        snprintf(name, sizeof name, "%d", (int)pid);
        sum->written += written_by(name);
    }
}

int watch_look(const struct watch *watch, int64_t own) {
    struct sum sum = {.watch = watch};
    size_t processes = tree_visit(add_process, &sum);
    if (watch->maximum_processes > 0 && processes > watch->maximum_processes) {
        return APUS_LIMIT_PROCESSES;
    }
    /* What has ended and was reaped here counts as the keeper's own. */
    uint64_t reaped = written_by("self");
    uint64_t ours = watch->written_before + (own > 0 ? (uint64_t)own : 0);
    sum.written += reaped > ours ? reaped - ours : 0;
    return watch->maximum_written > 0 && sum.written > watch->maximum_written ? APUS_LIMIT_WRITTEN : 0;
}

#endif
