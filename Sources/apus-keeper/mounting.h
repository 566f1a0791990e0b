/* Single steps of building a view of the file system. Descriptors of copies are closed by whoever puts them, and by exec. */
#ifndef APUS_MOUNTING_H
#define APUS_MOUNTING_H

#include <stdbool.h>

/* A detached copy of what is at `path`, with everything mounted below it. No link is followed. -1 and errno. */
int mounting_copy(const char *path);

/* Puts a copy at `path`, making folders and an empty file to put it on where they are missing. A negative copy is nothing to do. */
int mounting_put(int copy, const char *path);

/* Makes read only what is at `path` seen from `folder`, or `folder` itself for an empty path, with everything below it. */
int mounting_seal(int folder, const char *path);

/* The same for the one mount at `path`; one that is not there is no error. */
int mounting_seal_one(const char *path);

/* An empty file system at `path`. */
int mounting_empty(const char *path, const char *options, unsigned long flags);

/* Whether `path` is where something is mounted. */
bool mounting_is_root(const char *path);

#endif
