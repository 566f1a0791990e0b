#define _GNU_SOURCE
#include "wall.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "CSandbox.h"

#if defined(__linux__)

enum { PLACE_LIMIT = 4096 };

static int by_length(const void *left, const void *right) {
    size_t a = strlen(((const struct wall_place *)left)->path);
    size_t b = strlen(((const struct wall_place *)right)->path);
    return a < b ? -1 : a > b;
}

static int take_place(const char **next, size_t *left, struct wall_place *place) {
    uint32_t numbers[2];
    if (*left < sizeof numbers) {
        return EBADMSG;
    }
    memcpy(numbers, *next, sizeof numbers);
    const char *path = *next + sizeof numbers;
    if (*left - sizeof numbers <= numbers[1] || path[0] != '/' || memchr(path, '\0', numbers[1] + 1) != path + numbers[1]) {
        return EBADMSG;
    }
    *place = (struct wall_place){.kind = numbers[0], .path = path};
    *next = path + numbers[1] + 1;
    *left -= sizeof numbers + numbers[1] + 1;
    return 0;
}

/* Reads the places, and joins each stand-in with its source. */
static int take_places(const char *next, size_t left, uint32_t count, struct wall *wall) {
    for (uint32_t index = 0; index < count; index++) {
        struct wall_place place;
        int error = take_place(&next, &left, &place);
        if (error != 0) {
            return error;
        }
        struct wall_place *last = wall->count == 0 ? NULL : &wall->places[wall->count - 1];
        bool is_open = last != NULL && last->kind == APUS_PLACE_STAND_IN && last->source == NULL;
        if (is_open != (place.kind == APUS_PLACE_SOURCE)) {
            return EBADMSG;
        }
        if (is_open) {
            last->source = place.path;
            wall->stands_in = true;
        } else {
            wall->places[wall->count++] = place;
        }
    }
    bool is_open = wall->count > 0 && wall->places[wall->count - 1].kind == APUS_PLACE_STAND_IN && !wall->places[wall->count - 1].source;
    return left != 0 || is_open ? EBADMSG : 0;
}

int wall_read(const struct launch *launch, struct wall *wall) {
    struct apus_wall_header header;
    memset(wall, 0, sizeof *wall);
    if (launch->wall_length == 0) {
        return 0;
    }
    if (launch->wall_length < sizeof header) {
        return EBADMSG;
    }
    memcpy(&header, launch->wall, sizeof header);
    if (header.version != APUS_WALL_VERSION || header.place_count > PLACE_LIMIT) {
        return EBADMSG;
    }
    wall->places = calloc((size_t)header.place_count + 1, sizeof *wall->places);
    if (wall->places == NULL) {
        return ENOMEM;
    }
    int error = take_places(launch->wall + sizeof header, launch->wall_length - sizeof header, header.place_count, wall);
    if (error != 0) {
        return error;
    }
    qsort(wall->places, wall->count, sizeof *wall->places, by_length);
    wall->stands = true;
    wall->required = (header.flags & APUS_WALL_REQUIRED) != 0;
    wall->network = (header.flags & APUS_WALL_NETWORK) != 0;
    wall->left_out = header.flags >> APUS_WALL_LEFT_OUT_SHIFT;
    wall->maximum_processes = header.maximum_processes;
    wall->maximum_written = header.maximum_written;
    return 0;
}

void wall_make_places(struct wall *wall) {
    for (size_t index = 0; index < wall->count; index++) {
        struct wall_place *place = &wall->places[index];
        if (place->kind == APUS_PLACE_WRITABLE || place->kind == APUS_PLACE_TEMPORARY) {
            mode_t mode = place->kind == APUS_PLACE_TEMPORARY ? 0700 : 0755;
            place->made = mkdir(place->path, mode) == 0;
        }
    }
}

void wall_keep_made(struct wall *wall) {
    size_t kept = 0;
    for (size_t index = 0; index < wall->count; index++) {
        const char *path = wall->places[index].made ? strdup(wall->places[index].path) : NULL;
        if (path != NULL) {
            wall->places[kept++] = (struct wall_place){.kind = APUS_PLACE_WRITABLE, .path = path, .made = true};
        }
    }
    wall->count = kept;
}

void wall_tidy(const struct wall *wall) {
    for (size_t index = wall->count; index-- > 0;) {
        if (wall->places[index].made) {
            rmdir(wall->places[index].path);
        }
    }
}

uint32_t wall_asked(const struct wall *wall) {
    uint32_t layers = APUS_LAYER_USER | APUS_LAYER_MOUNTS | APUS_LAYER_PROCESSES | APUS_LAYER_PROC | APUS_LAYER_IPC |
        APUS_LAYER_LANDLOCK | APUS_LAYER_SCOPE | APUS_LAYER_SECCOMP | APUS_LAYER_RIGHTS;
    return wall->network ? layers : layers | APUS_LAYER_NETWORK | APUS_LAYER_TCP;
}

void wall_note(struct wall_outcome *outcome, uint32_t layer, int error) {
    if (error == 0) {
        outcome->layers |= layer;
    } else if (outcome->error == 0) {
        outcome->error = error;
    }
}

static bool is_wanted(const struct wall *wall, uint32_t layer, struct wall_outcome *outcome) {
    if ((wall->left_out & layer) != 0) {
        wall_note(outcome, layer, ENOTSUP);
        return false;
    }
    return true;
}

int wall_enter(const struct wall *wall, struct wall_outcome *outcome) {
    if (wall->stands_in && (outcome->layers & APUS_LAYER_MOUNTS) == 0) {
        return outcome->error != 0 ? outcome->error : ENOTSUP;
    }
    wall_bound(wall, outcome);
    /* The two after it need the promise that no program gains rights. */
    int error = wall_drop_rights();
    wall_note(outcome, APUS_LAYER_RIGHTS, error);
    if (error == 0 && is_wanted(wall, APUS_LAYER_LANDLOCK, outcome)) {
        wall_restrict_files(wall, outcome);
    }
    if (error == 0 && is_wanted(wall, APUS_LAYER_SECCOMP, outcome)) {
        if (wall->required && (wall_asked(wall) & ~outcome->layers & ~(uint32_t)APUS_LAYER_SECCOMP) != 0) {
            return outcome->error != 0 ? outcome->error : ENOTSUP;
        }
        wall_note(outcome, APUS_LAYER_SECCOMP, wall_filter_calls(wall));
    }
    if (wall->required && (wall_asked(wall) & ~outcome->layers) != 0) {
        return outcome->error != 0 ? outcome->error : ENOTSUP;
    }
    return 0;
}

#endif
