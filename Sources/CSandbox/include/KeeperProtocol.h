/*
 * What apus and apus-keeper say to each other over the control socket (descriptor 3 of the keeper).
 *
 * Both ends come from one build and run on one machine, so numbers are in host byte order. apus sends one launch request and
 * then orders; the keeper sends reports. End of stream means, to the keeper, that its owner is gone, and to apus, that the
 * keeper is gone.
 *
 * Launch request: `struct apus_launch_header`, then `length` bytes of body. The body is strings, each a uint32_t length
 * followed by that many bytes and one NUL: the executable, the working directory, `argument_count` arguments (argument 0
 * included), `environment_count` entries NAME=VALUE, and with APUS_POLICY_BACKGROUND the folder for its log; then `wall_length`
 * raw bytes for the wall.
 *
 * The wall, when there is one: `struct apus_wall_header`, then `place_count` places, each a uint32_t kind and a string.
 *
 * A background command writes to `output.log` in that folder instead of the output pipe. Until it is told to DETACH its tree dies
 * with the owner like any other, so that none is left that the owner did not record; afterwards the keeper stays while anything of
 * the tree lives, ends it on SIGTERM, and leaves how the command ended in the file `end`.
 */
#ifndef APUS_KEEPER_PROTOCOL_H
#define APUS_KEEPER_PROTOCOL_H

#include <stdint.h>

/* Changes whenever this file does, so that a keeper from another build is found out instead of misread. */
#define APUS_KEEPER_MAGIC 0x41504B35u

/* A launch body may have at most this many bytes; the kernel takes about 2 MiB of arguments and environment. */
#define APUS_LAUNCH_LIMIT 4194304

/* How long the keeper tries to empty a tree before it reports that something is left. It goes on trying after that. */
#define APUS_CLEAR_LIMIT_MS 2000

/* The log of a background command: at this size it becomes `output.1.log`, in place of an older one, and a new one begins. */
#define APUS_LOG_LIMIT 16777216

/* An order's grace that means "the one of the launch request". */
#define APUS_LAUNCH_GRACE 0xFFFFFFFFu

/* What becomes of the tree when the owner is gone. APUS_POLICY_LINGER is not accepted today. */
enum {
    APUS_POLICY_DIE_WITH_OWNER = 1,
    APUS_POLICY_LINGER = 2,
    APUS_POLICY_BACKGROUND = 3,
};

struct apus_launch_header {
    uint32_t magic;
    uint32_t length;
    uint32_t policy;
    uint32_t grace_ms;
    uint32_t argument_count;
    uint32_t environment_count;
    uint32_t wall_length;
    uint32_t flags;
};

/* Of a launch header. */
enum {
    APUS_LAUNCH_APART = 1, /* the command's stderr is the keeper's descriptor 2; otherwise it goes where its stdout goes */
};

/* What a command may reach. Without wall bytes there is no wall. */
struct apus_wall_header {
    uint32_t version; /* APUS_WALL_VERSION */
    uint32_t flags;
    uint32_t maximum_processes; /* 0: no bound */
    uint32_t place_count;
    uint64_t maximum_written; /* bytes; 0: no bound */
};

#define APUS_WALL_VERSION 2

enum {
    APUS_WALL_REQUIRED = 1, /* a missing layer means that nothing runs */
    APUS_WALL_NETWORK = 2,  /* sockets of the internet and of the file system */
};

/* Layers in the upper half of the flags are left out as if the kernel did not have them: for tests of what the others hold. */
#define APUS_WALL_LEFT_OUT_SHIFT 16

/* Places are absolute and have no links. Where they nest, the longer one counts. */
enum {
    APUS_PLACE_WRITABLE = 1,  /* a missing one is made when its parent exists, and taken away again when it stayed empty */
    APUS_PLACE_PROTECTED = 2, /* readable only */
    APUS_PLACE_HIDDEN = 3,
    APUS_PLACE_TEMPORARY = 4, /* stands in for /tmp and /var/tmp, and is writable under its own name */
    APUS_PLACE_VISIBLE = 5,   /* kept in sight, read-only, where the wall replaces what is around it */
    APUS_PLACE_SOCKET = 6,    /* may be connected to */
    APUS_PLACE_STAND_IN = 7,  /* something else is seen here, readable only; without a view of the file system nothing runs */
    APUS_PLACE_SOURCE = 8,    /* right behind a stand-in: what is seen there, of the same kind */
};

/* The layers of the wall, as a set. */
enum {
    APUS_LAYER_USER = 1,       /* a user namespace */
    APUS_LAYER_MOUNTS = 2,     /* a view of the file system of its own, with everything in place */
    APUS_LAYER_PROCESSES = 4,  /* a process namespace: nobody outside can be seen or signalled */
    APUS_LAYER_PROC = 8,       /* /proc shows that namespace */
    APUS_LAYER_NETWORK = 16,   /* an empty network namespace; only asked for without APUS_WALL_NETWORK */
    APUS_LAYER_IPC = 32,
    APUS_LAYER_LANDLOCK = 64,  /* file rules */
    APUS_LAYER_TCP = 128,      /* Landlock: no TCP; only asked for without APUS_WALL_NETWORK */
    APUS_LAYER_SCOPE = 256,    /* Landlock: no abstract sockets and signals across the wall */
    APUS_LAYER_SECCOMP = 512,
    APUS_LAYER_RIGHTS = 1024,  /* no capabilities, no new privileges */
    APUS_LAYER_PIDS = 2048,    /* a cgroup in which the kernel bounds processes: an extra, nothing requires it */
};

/*
 * TERMINATE: SIGTERM to the command's group, SIGKILL to the whole tree after the grace. INTERRUPT: the same with SIGINT.
 * KILL: SIGKILL to the tree at once.
 * DETACH: from now on a background tree outlives its owner; answered by DETACHED.
 */
enum {
    APUS_ORDER_TERMINATE = 1,
    APUS_ORDER_KILL = 2,
    APUS_ORDER_DETACH = 3,
    APUS_ORDER_INTERRUPT = 4,
};

struct apus_order {
    uint32_t kind;
    uint32_t grace_ms;
};

/*
 * STARTED: `value` is the command's pid, which is also its group and session; the program has replaced the keeper's copy.
 * FAILED:  nothing ran; `detail` is an APUS_STEP_, `value` an errno.
 * ENDED:   the command is over; `detail` is 0 for an exit code and 1 for a signal in `value`; `extra` is 1 when it was asked to end.
 * DETACHED: a background tree is on its own.
 * WALL:    before STARTED, for a command with a wall: `detail` is the set of layers that stand, `value` Landlock's version (0 without),
 *          `extra` the errno of the first layer that does not stand.
 * LIMIT:   the tree is being ended because it passed a bound, an APUS_LIMIT_ in `detail`; ENDED follows.
 * CLEARED: `detail` is 1 when no descendant is left and 0 when the limit passed first; `value` counts those reaped besides the command.
 */
enum {
    APUS_REPORT_STARTED = 1,
    APUS_REPORT_FAILED = 2,
    APUS_REPORT_ENDED = 3,
    APUS_REPORT_CLEARED = 4,
    APUS_REPORT_DETACHED = 5,
    APUS_REPORT_WALL = 6,
    APUS_REPORT_LIMIT = 7,
};

enum {
    APUS_LIMIT_PROCESSES = 1,
    APUS_LIMIT_WRITTEN = 2,
};

/* How often a tree with bounds is looked at. */
#define APUS_WATCH_MS 50

struct apus_report {
    uint32_t kind;
    uint32_t detail;
    int32_t value;
    int32_t extra;
};

enum {
    APUS_STEP_REQUEST = 1,   /* the launch request could not be read */
    APUS_STEP_POLICY = 2,    /* a policy this keeper does not have */
    APUS_STEP_PREPARE = 3,   /* the keeper could not set itself up */
    APUS_STEP_FORK = 4,      /* no process could be made */
    APUS_STEP_SESSION = 5,   /* no session or parent-death signal */
    APUS_STEP_DESCRIPTORS = 6,
    APUS_STEP_DIRECTORY = 7, /* the working directory could not be entered */
    APUS_STEP_WALL = 8,      /* the wall could not be put up */
    APUS_STEP_EXEC = 9,      /* the program could not be run */
    APUS_STEP_LOG = 10,      /* the log of a background command could not be opened */
};

#endif
