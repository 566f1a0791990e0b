#define _GNU_SOURCE
#include "wall.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "CSandbox.h"

#if defined(__linux__)

/* The kernel's interface, spelled here because headers are often older than the kernel. Numbers are the same everywhere. */
enum { CREATE_RULESET = 444, ADD_RULE = 445, RESTRICT_SELF = 446, RULE_PATH_BENEATH = 1 };

struct ruleset {
    uint64_t files;
    uint64_t network; /* since version 4 */
    uint64_t scope; /* since version 6 */
};

struct path_rule {
    uint64_t allowed;
    int32_t folder;
} __attribute__((packed));

#define FS_WRITE_FILE (1ull << 1)
#define FS_MAKE_CHAR (1ull << 6)
#define FS_MAKE_BLOCK (1ull << 11)
#define FS_REFER (1ull << 13)
#define FS_TRUNCATE (1ull << 14)
#define FS_IOCTL_DEV (1ull << 15)
/* Removing and making everything of any kind: bits 4 to 12. */
#define FS_CHANGE_FOLDER (0x1FF0ull)
#define NET_TCP (3ull)
#define SCOPE_ALL (3ull)

/* Only writing is ruled: what may not be read is covered in the view. */
static uint64_t writing(int version) {
    uint64_t rights = FS_WRITE_FILE | FS_CHANGE_FOLDER;
    rights |= version >= 2 ? FS_REFER : 0;
    rights |= version >= 3 ? FS_TRUNCATE : 0;
    rights |= version >= 5 ? FS_IOCTL_DEV : 0;
    return rights;
}

static int allow(int rules, const char *path, uint64_t rights) {
    struct path_rule rule = {.allowed = rights, .folder = open(path, O_PATH | O_CLOEXEC)};
    if (rule.folder < 0) {
        return errno == ENOENT ? 0 : errno;
    }
    struct stat status;
    if (fstat(rule.folder, &status) == 0 && !S_ISDIR(status.st_mode)) {
        rule.allowed &= FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV;
    }
    int error = syscall(ADD_RULE, rules, RULE_PATH_BENEATH, &rule, 0u) == 0 ? 0 : errno;
    close(rule.folder);
    return error;
}

static int allow_all(int rules, const struct wall *wall, bool own_view, uint64_t all) {
    uint64_t rights = all & ~(FS_MAKE_CHAR | FS_MAKE_BLOCK);
    int error = allow(rules, "/dev", all & (FS_WRITE_FILE | FS_TRUNCATE | FS_IOCTL_DEV));
    if (error == 0) {
        error = allow(rules, "/dev/shm", rights & ~FS_IOCTL_DEV);
    }
    for (size_t index = 0; error == 0 && index < wall->count; index++) {
        const struct wall_place *place = &wall->places[index];
        if (place->kind == APUS_PLACE_WRITABLE || place->kind == APUS_PLACE_TEMPORARY) {
            error = allow(rules, place->path, rights & ~FS_IOCTL_DEV);
        }
        if (error == 0 && place->kind == APUS_PLACE_TEMPORARY && own_view) {
            /* In the view these are the private folder; without one they are the machine's, and not for this command. */
            error = allow(rules, "/tmp", rights & ~FS_IOCTL_DEV);
            error = error == 0 ? allow(rules, "/var/tmp", rights & ~FS_IOCTL_DEV) : error;
        }
    }
    return error;
}

void wall_restrict_files(const struct wall *wall, struct wall_outcome *outcome) {
    int version = apus_landlock_version();
    if (version < 0) {
        wall_note(outcome, APUS_LAYER_LANDLOCK, -version);
        return;
    }
    struct ruleset ruleset = {.files = writing(version)};
    size_t size = sizeof ruleset.files;
    if (version >= 4) {
        size = sizeof ruleset.files + sizeof ruleset.network;
        ruleset.network = wall->network ? 0 : NET_TCP;
    }
    if (version >= 6) {
        size = sizeof ruleset;
        ruleset.scope = SCOPE_ALL;
    }
    int rules = (int)syscall(CREATE_RULESET, &ruleset, size, 0u);
    int error = rules < 0 ? errno : 0;
    if (error == 0) {
        error = allow_all(rules, wall, (outcome->layers & APUS_LAYER_MOUNTS) != 0, ruleset.files);
    }
    if (error == 0 && syscall(RESTRICT_SELF, rules, 0u) != 0) {
        error = errno;
    }
    if (rules >= 0) {
        close(rules);
    }
    wall_note(outcome, APUS_LAYER_LANDLOCK, error);
    if (error == 0) {
        outcome->landlock = version;
        wall_note(outcome, APUS_LAYER_SCOPE, ruleset.scope != 0 ? 0 : ENOTSUP);
        if (!wall->network) {
            wall_note(outcome, APUS_LAYER_TCP, ruleset.network != 0 ? 0 : ENOTSUP);
        }
    }
}

#endif
