/* What the misbehaving libraries of these tests share: the shape of a device that is there. */
#include <stdint.h>
#include <string.h>

static inline uint32_t one_name(const char *name, char *list, uint32_t *size) {
    uint32_t needed = (uint32_t)strlen(name) + 2;
    if (list) {
        memset(list, 0, needed);
        memcpy(list, name, strlen(name));
    }
    *size = needed;
    return 0;
}
