/* A library that asks for four gigabytes to list its devices. */
#include <stdint.h>

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present, (void)list;
    *size = 0xFFFFFFF0u;
    return 0;
}
