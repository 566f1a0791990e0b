#define _GNU_SOURCE
#include "wall.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CSandbox.h"
#include "mounting.h"

#if defined(__linux__)

static const char *const devices[] = {"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"};
/* What name resolution and some systems' programs need of /run. */
static const char *const run_places[] = {
    "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager", "/run/connman", "/run/current-system", "/run/booted-system",
    "/run/opengl-driver", "/run/host",
};

/* Replaced by the private folder. */
static const char *const temporary[] = {"/tmp", "/var/tmp"};

enum {
    TEMPORARY = sizeof temporary / sizeof *temporary,
    DEVICES = sizeof devices / sizeof *devices,
    RUN_PLACES = sizeof run_places / sizeof *run_places,
};

/* Where a hidden folder or file gets its stand-in from: made with no rights for anybody. */
static const char *const no_folder = "/dev/.hidden-folder";
static const char *const no_file = "/dev/.hidden-file";

/* Copies of what the view keeps, taken before anything is covered. */
struct kept {
    int devices[DEVICES];
    int run[RUN_PLACES];
    int temporary[TEMPORARY];
    int *places; /* for each place of the wall, -1 when there is nothing */
};

static bool is_kept(uint32_t kind) {
    return kind == APUS_PLACE_WRITABLE || kind == APUS_PLACE_TEMPORARY || kind == APUS_PLACE_VISIBLE || kind == APUS_PLACE_SOCKET ||
        kind == APUS_PLACE_STAND_IN;
}

/* A place that is not there is no error: there is nothing to keep. */
static int keep(const char *path, bool read_only, int *copy) {
    *copy = mounting_copy(path);
    if (*copy < 0) {
        int error = errno;
        return error == ENOENT || error == ENOTDIR || error == ELOOP || error == EACCES ? 0 : error;
    }
    return read_only ? mounting_seal(*copy, "") : 0;
}

static int keep_all(const struct wall *wall, struct kept *kept) {
    int error = 0;
    kept->places = calloc(wall->count + 1, sizeof *kept->places);
    if (kept->places == NULL) {
        return ENOMEM;
    }
    for (int index = 0; error == 0 && index < DEVICES; index++) {
        error = keep(devices[index], false, &kept->devices[index]);
    }
    for (int index = 0; error == 0 && index < RUN_PLACES; index++) {
        error = keep(run_places[index], true, &kept->run[index]);
    }
    for (size_t index = 0; index < wall->count; index++) {
        const struct wall_place *place = &wall->places[index];
        kept->places[index] = -1;
        if (error == 0 && place->kind == APUS_PLACE_STAND_IN) {
            error = keep(place->source, true, &kept->places[index]);
            /* What is there itself is not to be seen instead. */
            error = error == 0 && kept->places[index] < 0 ? ENOENT : error;
        } else if (error == 0 && is_kept(place->kind)) {
            error = keep(place->path, place->kind == APUS_PLACE_VISIBLE, &kept->places[index]);
        }
        for (int copy = 0; error == 0 && copy < TEMPORARY && place->kind == APUS_PLACE_TEMPORARY; copy++) {
            error = keep(place->path, false, &kept->temporary[copy]);
        }
    }
    return error;
}

static int cover_devices(const struct kept *kept) {
    int error = mounting_empty("/dev", "mode=755,size=1m", MS_NOSUID | MS_NOEXEC);
    for (int index = 0; error == 0 && index < DEVICES; index++) {
        error = mounting_put(kept->devices[index], devices[index]);
    }
    if (error != 0) {
        return error;
    }
    (void)mkdir("/dev/shm", 01777);
    (void)mkdir("/dev/pts", 0755);
    (void)!symlink("/proc/self/fd", "/dev/fd");
    (void)!symlink("/proc/self/fd/0", "/dev/stdin");
    (void)!symlink("/proc/self/fd/1", "/dev/stdout");
    (void)!symlink("/proc/self/fd/2", "/dev/stderr");
    (void)!symlink("pts/ptmx", "/dev/ptmx");
    (void)mkdir(no_folder, 0);
    int file = open(no_file, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0);
    if (file >= 0) {
        close(file);
    }
    error = mounting_empty("/dev/shm", "mode=1777,size=512m", MS_NOSUID | MS_NODEV);
    /* Without terminals of its own a command can still do everything but script(1) and the like. */
    (void)!mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=620");
    return error;
}

static int cover_run(const struct kept *kept) {
    struct stat status;
    if (lstat("/run", &status) != 0 || !S_ISDIR(status.st_mode)) {
        return 0;
    }
    int error = mounting_empty("/run", "mode=755,size=4m", MS_NOSUID | MS_NODEV);
    for (int index = 0; error == 0 && index < RUN_PLACES; index++) {
        error = mounting_put(kept->run[index], run_places[index]);
    }
    if (error == 0 && lstat("/var/run", &status) == 0 && S_ISDIR(status.st_mode)) {
        error = mounting_empty("/var/run", "mode=755,size=64k", MS_NOSUID | MS_NODEV | MS_RDONLY);
    }
    return error;
}

static int cover_temporary(const struct kept *kept) {
    for (int index = 0; index < TEMPORARY; index++) {
        struct stat status;
        if (lstat(temporary[index], &status) == 0 && S_ISDIR(status.st_mode)) {
            int error = mounting_put(kept->temporary[index], temporary[index]);
            if (error != 0) {
                return error;
            }
        }
    }
    return 0;
}

/* Whether a later place lies inside this one. */
static bool holds_others(const struct wall *wall, size_t place) {
    const char *path = wall->places[place].path;
    size_t length = strlen(path);
    for (size_t index = place + 1; index < wall->count; index++) {
        const char *other = wall->places[index].path;
        if (is_kept(wall->places[index].kind) && strncmp(other, path, length) == 0 && other[length] == '/') {
            return true;
        }
    }
    return false;
}

static int hide(const struct wall *wall, size_t place) {
    const char *path = wall->places[place].path;
    struct stat status;
    if (lstat(path, &status) != 0) {
        return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : errno;
    }
    if (S_ISLNK(status.st_mode)) {
        /* Where it leads is a place of its own. */
        return 0;
    }
    if (S_ISDIR(status.st_mode) && holds_others(wall, place)) {
        /* What is in sight inside it needs a way there. */
        return mounting_empty(path, "mode=111,size=256k", MS_NOSUID | MS_NODEV | MS_NOEXEC);
    }
    int copy = mounting_copy(S_ISDIR(status.st_mode) ? no_folder : no_file);
    int error = copy < 0 ? errno : mounting_seal(copy, "");
    return error != 0 ? error : mounting_put(copy, path);
}

static bool is_hooks(const char *path) {
    return strcmp(strrchr(path, '/'), "/hooks") == 0;
}

static int protect(const char *path) {
    int copy = mounting_copy(path);
    if (copy < 0 && errno == ENOENT) {
        /* A missing folder for hooks could be made, and what is in it would run later outside of any wall. */
        if (!is_hooks(path) || mkdir(path, 0755) != 0) {
            return 0;
        }
        copy = mounting_copy(path);
    }
    if (copy < 0) {
        return errno == ENOTDIR || errno == EACCES ? 0 : errno;
    }
    int error = mounting_seal(copy, "");
    return error != 0 ? error : mounting_put(copy, path);
}

/*
 * A folder that holds a mount can be renamed, and another one made in its place. Every folder between a writable place and what is
 * protected or hidden in it becomes a mount, too, which cannot.
 */
static int pin_ancestors(const struct wall *wall, size_t place) {
    const char *path = wall->places[place].path;
    size_t root = 0;
    for (size_t index = 0; index < place; index++) {
        const char *other = wall->places[index].path;
        size_t length = strlen(other);
        if (strncmp(other, path, length) == 0 && path[length] == '/') {
            bool writable = wall->places[index].kind == APUS_PLACE_WRITABLE || wall->places[index].kind == APUS_PLACE_TEMPORARY;
            root = writable ? length : 0;
        }
    }
    for (size_t end = root + 1; root > 0 && path[end] != '\0'; end++) {
        char ancestor[PATH_MAX];
        if (path[end] != '/' || end >= sizeof ancestor) {
            continue;
        }
        memcpy(ancestor, path, end);
        ancestor[end] = '\0';
        if (mounting_is_root(ancestor)) {
            continue;
        }
        int copy = mounting_copy(ancestor);
        if (copy < 0) {
            return errno == ENOENT || errno == ENOTDIR ? 0 : errno;
        }
        int error = mounting_put(copy, ancestor);
        if (error != 0) {
            return error;
        }
    }
    return 0;
}

static int place_all(const struct wall *wall, const struct kept *kept) {
    int error = 0;
    for (size_t index = 0; error == 0 && index < wall->count; index++) {
        uint32_t kind = wall->places[index].kind;
        if (is_kept(kind)) {
            error = kind == APUS_PLACE_STAND_IN ? pin_ancestors(wall, index) : 0;
            if (error != 0) {
                return error;
            }
            error = mounting_put(kept->places[index], wall->places[index].path);
            continue;
        }
        struct stat status;
        bool is_there = lstat(wall->places[index].path, &status) == 0;
        if (!is_there && kind == APUS_PLACE_HIDDEN) {
            continue;
        }
        error = is_there || is_hooks(wall->places[index].path) ? pin_ancestors(wall, index) : 0;
        if (error == 0) {
            error = kind == APUS_PLACE_HIDDEN ? hide(wall, index) : protect(wall->places[index].path);
        }
    }
    return error;
}

/* The innermost place that holds `path`, or NULL. */
static const struct wall_place *place_around(const struct wall *wall, const char *path) {
    const struct wall_place *around = NULL;
    for (size_t index = 0; index < wall->count; index++) {
        size_t length = strlen(wall->places[index].path);
        if (strncmp(wall->places[index].path, path, length) == 0 && (path[length] == '/' || path[length] == '\0')) {
            around = &wall->places[index];
        }
    }
    return around;
}

static bool is_inside(const char *path, const char *folder) {
    size_t length = strlen(folder);
    return strncmp(path, folder, length) == 0 && (path[length] == '/' || length == 1);
}

/* A socket somebody listens at, anywhere in the view but in the working directory and among the session's temporary files. */
static int cover_socket(const struct wall *wall, const char *directory, const char *path) {
    struct stat status;
    const struct wall_place *around = place_around(wall, path);
    if (lstat(path, &status) != 0 || !S_ISSOCK(status.st_mode) || is_inside(path, directory)) {
        return 0;
    }
    bool is_temporary = is_inside(path, "/tmp") || is_inside(path, "/var/tmp");
    if (around != NULL ? around->kind == APUS_PLACE_SOCKET || around->kind == APUS_PLACE_TEMPORARY : is_temporary) {
        return 0;
    }
    int copy = mounting_copy(no_file);
    int error = copy < 0 ? errno : mounting_seal(copy, "");
    error = error != 0 ? error : mounting_put(copy, path);
    /* It may be gone by now, or be out of reach for us and so for the command. */
    return error == ENOENT || error == EACCES || error == ELOOP ? 0 : error;
}

/*
 * No layer of the kernel rules who may connect to a socket by its path, so those that are there are covered. What is bound while the
 * command runs, outside of /run and the temporary directories, is not seen here.
 */
static int cover_sockets(const struct wall *wall, const char *directory) {
    FILE *list = fopen("/proc/net/unix", "re");
    char line[512];
    int error = 0;
    while (list != NULL && error == 0 && fgets(line, sizeof line, list) != NULL) {
        char *path = strstr(line, " /");
        line[strcspn(line, "\n")] = '\0';
        if (path != NULL) {
            error = cover_socket(wall, directory, path + 1);
        }
    }
    if (list != NULL) {
        fclose(list);
    }
    return error;
}

int wall_mount(const struct wall *wall, const char *directory, bool own_processes, bool *own_proc) {
    struct kept kept;
    memset(&kept, -1, sizeof kept);
    kept.places = NULL;
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0) {
        return errno;
    }
    int error = keep_all(wall, &kept);
    if (error == 0) {
        error = mounting_seal(AT_FDCWD, "/");
    }
    if (error == 0 && own_processes) {
        *own_proc = mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, NULL) == 0;
    }
    if (error == 0) {
        error = cover_devices(&kept);
    }
    if (error == 0) {
        error = cover_run(&kept);
    }
    if (error == 0) {
        error = cover_temporary(&kept);
    }
    if (error == 0) {
        error = place_all(wall, &kept);
    }
    free(kept.places);
    if (error == 0 && wall->network) {
        error = cover_sockets(wall, directory);
    }
    for (size_t index = 0; error == 0 && index < wall->count; index++) {
        if (wall->places[index].kind == APUS_PLACE_HIDDEN) {
            error = mounting_seal_one(wall->places[index].path);
        }
    }
    if (error == 0) {
        error = mounting_seal_one("/dev");
    }
    return error != 0 ? error : mounting_seal_one("/run");
}

#endif
