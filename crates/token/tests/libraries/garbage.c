/* A library whose list is no list, which says it is larger than it is, and which prints to its output. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present;
    printf("%s", "debug: \001\002\003\004\005\006\007\010 on standard output");
    fflush(stdout);
    if (list) memset(list, 0xFE, *size);
    *size = 600;
    return 0;
}
