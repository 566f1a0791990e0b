// measured-run FILE PROGRAM ARGUMENT...: runs the program and writes its peak resident set in KiB to FILE.
//
// A child of posix_spawn shares its parent's memory until it executes, and the kernel counts that memory into the child's
// ru_maxrss: a test process of some size could measure nothing but itself. Forked from this small one, the figure is the program's.

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int count, char **words) {
    if (count < 3) return 2;
    pid_t child = fork();
    if (child < 0) return 2;
    if (child == 0) {
        execv(words[2], words + 2);
        _exit(127);
    }
    struct rusage used;
    int status = 0;
    if (wait4(child, &status, 0, &used) < 0) return 2;
    FILE *file = fopen(words[1], "w");
    if (!file) return 2;
#ifdef __APPLE__
    long kibibytes = used.ru_maxrss / 1024;
#else
    long kibibytes = used.ru_maxrss;
#endif
    fprintf(file, "%ld\n", kibibytes);
    if (fclose(file) != 0) return 2;
    if (WIFSIGNALED(status)) {
        signal(WTERMSIG(status), SIG_DFL);
        raise(WTERMSIG(status));
    }
    return WEXITSTATUS(status);
}
