/* Lists of devices that are wrong, each in the way that MODE says; the device itself is as it should be. */
#define NAME "unused"
#define OWN_ENUM_DEV
#include "shape.h"

static uint32_t fill(const char *octets, uint32_t length, char *list, uint32_t *size) {
    if (list) memcpy(list, octets, length);
    *size = length;
    return 0;
}

uint32_t SKF_EnumDev(int present, char *list, uint32_t *size) {
    (void)present;
    static uint32_t calls;
    calls++;
    switch (MODE) {
    case 0: /* no NUL at all */
        return fill("device", 6, list, size);
    case 1: /* one NUL where two belong */
        return fill("device\0", 7, list, size);
    case 2: /* a name in GBK */
        return fill("\xD6\xD0\0\0", 4, list, size);
    case 3: /* another device comes between the two calls */
        if (!list) return fill("one\0\0", 5, list, size);
        if (*size < 9) {
            *size = 9;
            return 0x0A000020;
        }
        return fill("one\0two\0\0", 9, list, size);
    case 4: /* never enough room */
        *size = *size + 1;
        return list ? 0x0A000020 : 0;
    case 5: /* says that it wrote more than there was room for */
        *size = list ? 1u << 30 : 16;
        return 0;
    case 6: /* writes a little more than it asked for */
        if (!list) {
            *size = 4;
            return 0;
        }
        return fill("one\0two\0three\0four\0\0", 20, list, size);
    default: /* a name that is no name: longer than any */
        if (list) {
            memset(list, 'a', 4096);
            list[4096] = list[4097] = 0;
        }
        *size = 4098;
        return 0;
    }
}
