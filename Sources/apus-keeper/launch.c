#define _GNU_SOURCE
#include "launch.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "CSandbox.h"
#include "clock.h"

#if defined(__linux__)

enum { REQUEST_LIMIT_MS = 10000 };

static int read_fully(int descriptor, void *bytes, size_t count, int64_t deadline) {
    char *next = bytes;
    while (count > 0) {
        int64_t left = deadline - clock_ms();
        struct pollfd ready = {.fd = descriptor, .events = POLLIN};
        if (left <= 0 || poll(&ready, 1, (int)left) == 0) {
            return ETIMEDOUT;
        }
        ssize_t got = read(descriptor, next, count);
        if (got == 0) {
            return EPIPE;
        }
        if (got < 0 && errno != EINTR && errno != EAGAIN) {
            return errno;
        }
        if (got > 0) {
            next += got;
            count -= (size_t)got;
        }
    }
    return 0;
}

struct cursor {
    char *next;
    size_t left;
};

/* The next string of the body, or NULL when the body does not hold one. */
static char *take_string(struct cursor *cursor) {
    uint32_t length;
    if (cursor->left < sizeof length) {
        return NULL;
    }
    memcpy(&length, cursor->next, sizeof length);
    if (cursor->left - sizeof length <= length) {
        return NULL;
    }
    char *string = cursor->next + sizeof length;
    if (string[length] != '\0') {
        return NULL;
    }
    cursor->next = string + length + 1;
    cursor->left -= sizeof length + length + 1;
    return string;
}

static char **take_strings(struct cursor *cursor, uint32_t count) {
    /* Each string takes at least five bytes, so a count beyond that is a lie and must not size an allocation. */
    if (count > cursor->left / 5) {
        return NULL;
    }
    char **strings = calloc((size_t)count + 1, sizeof *strings);
    for (uint32_t index = 0; strings != NULL && index < count; index++) {
        strings[index] = take_string(cursor);
        if (strings[index] == NULL) {
            free(strings);
            return NULL;
        }
    }
    return strings;
}

static bool take_body(struct launch *launch, const struct apus_launch_header *header) {
    struct cursor cursor = {.next = launch->body, .left = header->length};
    launch->executable = take_string(&cursor);
    launch->directory = launch->executable == NULL ? NULL : take_string(&cursor);
    if (launch->directory == NULL || header->argument_count == 0) {
        return false;
    }
    launch->arguments = take_strings(&cursor, header->argument_count);
    launch->environment = launch->arguments == NULL ? NULL : take_strings(&cursor, header->environment_count);
    if (launch->environment == NULL) {
        return false;
    }
    if (header->policy == APUS_POLICY_BACKGROUND && (launch->log_folder = take_string(&cursor)) == NULL) {
        return false;
    }
    launch->wall = cursor.next;
    launch->wall_length = header->wall_length;
    return cursor.left == header->wall_length;
}

int launch_read(int control, struct launch *launch) {
    int64_t deadline = clock_ms() + REQUEST_LIMIT_MS;
    struct apus_launch_header header;
    memset(launch, 0, sizeof *launch);
    int error = read_fully(control, &header, sizeof header, deadline);
    if (error != 0) {
        return error;
    }
    if (header.magic != APUS_KEEPER_MAGIC) {
        return EPROTO;
    }
    if (header.length > APUS_LAUNCH_LIMIT) {
        return E2BIG;
    }
    launch->body = malloc((size_t)header.length + 1);
    if (launch->body == NULL) {
        return ENOMEM;
    }
    launch->length = header.length;
    launch->policy = header.policy;
    launch->grace_ms = header.grace_ms;
    launch->flags = header.flags;
    error = read_fully(control, launch->body, header.length, deadline);
    if (error != 0) {
        return error;
    }
    return take_body(launch, &header) ? 0 : EBADMSG;
}

void launch_forget(struct launch *launch) {
    if (launch->body != NULL) {
        explicit_bzero(launch->body, launch->length);
    }
    free(launch->body);
    free(launch->arguments);
    free(launch->environment);
    memset(launch, 0, sizeof *launch);
}

#endif
