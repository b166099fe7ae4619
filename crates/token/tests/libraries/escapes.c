/* A library that does to its process what no guest should: prints, moves to another folder, ignores signals,
 * starts a thread and a process that never end. It writes the numbers of the processes to MARK: its own, then
 * its child's. MODE 1: it then leaves, and the child lives on with the pipes in its hands. MODE 2: its destructor
 * and its exit handler never come back. */
#define NAME "escapes"
#define OWN_ENUM_DEV
#include "shape.h"
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

static void *never(void *unused) {
    for (;;) pause();
    return unused;
}
static void handler(void) { never(0); }

__attribute__((destructor)) static void leave(void) {
    if (MODE == 2) never(0);
}

uint32_t SKF_EnumDev(int present, char *list, uint32_t *size) {
    (void)present;
    static int done;
    if (!done) {
        char line[32];
        done = 1;
        printf("a line that is no frame\n");
        fflush(stdout);
        if (chdir("/") != 0) return 1;
        for (int number = 1; number < 32; number++) signal(number, SIG_IGN);
        if (MODE == 2) atexit(handler);
        pthread_t thread;
        pthread_create(&thread, 0, never, 0);
        pid_t child = fork();
        if (child == 0) never(0);
        snprintf(line, sizeof line, "%d\n%d", (int)getpid(), (int)child);
        note(line);
        if (MODE == 1) _exit(0);
    }
    return one_name(NAME, list, size);
}
