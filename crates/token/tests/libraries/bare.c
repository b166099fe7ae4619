/* A library that lists and describes a device and can do nothing else. Its BOOL has eight octets. */
#include "bad.h"

static int device;

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present;
    return one_name("bare", list, size);
}

uint32_t SKF_ConnectDev(const char *name, void **handle) {
    (void)name;
    *handle = &device;
    return 0;
}

uint32_t SKF_GetDevInfo(void *handle, uint8_t *info) {
    (void)handle;
    memset(info, 0, 294);
    memcpy(info + 2, "Bare", 4);
    return 0;
}
