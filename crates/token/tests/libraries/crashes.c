/* A library that writes through a null pointer the first time, and works the second. */
#include "bad.h"
#include <fcntl.h>
#include <stdlib.h>

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present;
    /* The file is made by the first process that comes here; the one after it finds it. */
    if (open(MARK, O_CREAT | O_EXCL, 0600) >= 0) *(volatile int *)0 = 1;
    if (list) list[0] = list[1] = 0;
    *size = 2;
    return 0;
}
