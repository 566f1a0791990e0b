#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "CSandbox.h"

#if defined(__linux__)

static const char *const current_name = "output.log";
static const char *const older_name = "output.1.log";

enum { PIECE_BYTES = 65536, PIECES_PER_TURN = 16 };

static void open_file(struct log *log) {
    /* O_EXCL: whatever stands there is not ours, and a link is not followed. */
    log->file = openat(log->folder, current_name, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    log->size = 0;
}

int log_open(struct log *log, const char *folder) {
    int ends[2];
    log->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (log->folder < 0 || flock(log->folder, LOCK_SH | LOCK_NB) != 0) {
        return errno;
    }
    open_file(log);
    if (log->file < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        return errno;
    }
    log->pipe = ends[0];
    if (fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0 || dup2(ends[1], 1) < 0) {
        return errno;
    }
    close(ends[1]);
    return 0;
}

static bool write_all(int file, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t done = write(file, bytes, count);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return false;
        }
        bytes += done;
        count -= (size_t)done;
    }
    return true;
}

static void rotate(struct log *log) {
    if (log->file >= 0) {
        close(log->file);
        log->file = -1;
    }
    if (renameat(log->folder, current_name, log->folder, older_name) == 0 || errno == ENOENT) {
        open_file(log);
    }
}

static void keep(struct log *log, const char *bytes, size_t count) {
    if (log->file < 0 || log->size + (int64_t)count > APUS_LOG_LIMIT) {
        rotate(log);
    }
    if (log->file >= 0 && log->lost > 0) {
        char note[80];
        int length = snprintf(note, sizeof note, "\n[... %lld bytes could not be written ...]\n", (long long)log->lost);
        if (write_all(log->file, note, (size_t)length)) {
            log->lost = 0;
            log->size += length;
        }
    }
    if (log->file < 0 || log->lost > 0 || !write_all(log->file, bytes, count)) {
        log->lost += (int64_t)count;
        return;
    }
    log->size += (int64_t)count;
}

void log_take(struct log *log) {
    static char bytes[PIECE_BYTES];
    for (int piece = 0; log->pipe >= 0 && piece < PIECES_PER_TURN; piece++) {
        ssize_t got = read(log->pipe, bytes, sizeof bytes);
        if (got > 0) {
            log->taken += got;
            keep(log, bytes, (size_t)got);
        } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(log->pipe);
            log->pipe = -1;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

void log_end(struct log *log, bool signaled, int value, bool asked) {
    char text[64];
    int length = snprintf(text, sizeof text, "%s %d%s\n", signaled ? "signal" : "code", value, asked ? " asked" : "");
    int file = openat(log->folder, "end.new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0) {
        return;
    }
    bool whole = write_all(file, text, (size_t)length);
    close(file);
    if (whole) {
        renameat(log->folder, "end.new", log->folder, "end");
    }
}

#endif
