/*
 * A tree that resists being killed, for tests of the keeper. Ends by itself after MILLISECONDS at the latest, so that a
 * failing test leaves nothing behind.
 *
 *   process-storm chain MILLISECONDS LANES   LANES lanes; in each a process begins a session, forks and exits at once
 *   process-storm burst MILLISECONDS TOTAL   every process begins a session and forks until TOTAL were made, then waits
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void chain(int64_t deadline) {
    while (now_ms() < deadline) {
        pid_t made = fork();
        if (made > 0) {
            _exit(0);
        }
        if (made == 0) {
            setsid();
        }
    }
    _exit(0);
}

/* Counted before it is made: a parent outruns its children's first steps by far, and TOTAL must hold. */
static void burst(int64_t deadline, int total, atomic_int *made) {
    while (atomic_fetch_add(made, 1) < total && now_ms() < deadline) {
        if (fork() == 0) {
            setsid();
        }
    }
    while (now_ms() < deadline) {
        usleep(100000);
    }
    _exit(0);
}

int main(int count, char **arguments) {
    if (count != 4) {
        return 64;
    }
    int64_t deadline = now_ms() + atoi(arguments[2]);
    int number = atoi(arguments[3]);
    signal(SIGTERM, SIG_IGN);
    (void)!write(1, "ready\n", 6);
    if (strcmp(arguments[1], "burst") == 0) {
        atomic_int *made = mmap(NULL, sizeof *made, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        burst(deadline, number, made);
    }
    for (int lane = 0; lane < number; lane++) {
        if (fork() == 0) {
            chain(deadline);
        }
    }
    while (now_ms() < deadline) {
        usleep(10000);
    }
    return 0;
}
