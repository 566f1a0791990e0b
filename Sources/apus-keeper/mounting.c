#define _GNU_SOURCE
#include "mounting.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__linux__)

/* Numbers and structures that headers may lack; the same on every architecture. */
enum { CALL_OPEN_TREE = 428, CALL_MOVE_MOUNT = 429, CALL_OPENAT2 = 437, CALL_MOUNT_SETATTR = 442 };
#define COPY_TREE 1u /* OPEN_TREE_CLONE */
#define WHOLE_TREE 0x8000u /* AT_RECURSIVE */
#define FROM_DESCRIPTOR 0x4u /* MOVE_MOUNT_F_EMPTY_PATH */
#define TO_DESCRIPTOR 0x40u /* MOVE_MOUNT_T_EMPTY_PATH */
#define READ_ONLY 0x1ull /* MOUNT_ATTR_RDONLY */
#define NO_LINKS 0x6ull /* RESOLVE_NO_MAGICLINKS | RESOLVE_NO_SYMLINKS */

struct mount_change {
    uint64_t set;
    uint64_t clear;
    uint64_t propagation;
    uint64_t user_namespace;
};

struct open_way {
    uint64_t flags;
    uint64_t mode;
    uint64_t resolve;
};

static int open_exactly(const char *path) {
    struct open_way way = {.flags = O_PATH | O_CLOEXEC | O_NOFOLLOW, .resolve = NO_LINKS};
    return (int)syscall(CALL_OPENAT2, AT_FDCWD, path, &way, sizeof way);
}

int mounting_copy(const char *path) {
    int at = open_exactly(path);
    if (at < 0) {
        return -1;
    }
    int copy = (int)syscall(CALL_OPEN_TREE, at, "", COPY_TREE | O_CLOEXEC | AT_EMPTY_PATH | WHOLE_TREE);
    int error = errno;
    close(at);
    errno = error;
    return copy;
}

/* The folders above `path`, and at its end a folder or an empty file. What is there already stays. */
static void make_target(const char *path, bool folder) {
    char part[PATH_MAX];
    size_t length = strlen(path);
    if (length >= sizeof part) {
        return;
    }
    memcpy(part, path, length + 1);
    for (char *at = part + 1; *at != '\0'; at++) {
        if (*at == '/') {
            *at = '\0';
            (void)mkdir(part, 0755);
            *at = '/';
        }
    }
    if (folder) {
        (void)mkdir(part, 0755);
        return;
    }
    int file = open(part, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file >= 0) {
        close(file);
    }
}

int mounting_put(int copy, const char *path) {
    if (copy < 0) {
        return 0;
    }
    int target = open_exactly(path);
    if (target < 0 && errno == ENOENT) {
        struct stat status;
        make_target(path, fstat(copy, &status) == 0 && S_ISDIR(status.st_mode));
        target = open_exactly(path);
    }
    int error = target < 0 ? errno : 0;
    if (error == 0 && syscall(CALL_MOVE_MOUNT, copy, "", target, "", FROM_DESCRIPTOR | TO_DESCRIPTOR) != 0) {
        error = errno;
    }
    if (target >= 0) {
        close(target);
    }
    close(copy);
    return error;
}

static int seal(int folder, const char *path, unsigned flags) {
    struct mount_change change = {.set = READ_ONLY};
    if (path[0] == '\0') {
        flags |= AT_EMPTY_PATH;
    }
    return syscall(CALL_MOUNT_SETATTR, folder, path, flags, &change, sizeof change) == 0 ? 0 : errno;
}

int mounting_seal(int folder, const char *path) {
    return seal(folder, path, WHOLE_TREE);
}

int mounting_seal_one(const char *path) {
    int error = seal(AT_FDCWD, path, 0);
    /* EINVAL: not a mount, so nothing was put there. */
    return error == ENOENT || error == EINVAL ? 0 : error;
}

int mounting_empty(const char *path, const char *options, unsigned long flags) {
    return mount("tmpfs", path, "tmpfs", flags, options) == 0 ? 0 : errno;
}

bool mounting_is_root(const char *path) {
    struct statx status;
    return statx(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, 0, &status) == 0 &&
        (status.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0 && (status.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

#endif
