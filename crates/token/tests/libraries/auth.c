/* A device that reports the algorithm MODE for its authentication and takes what comes; each step is a line in
 * MARK. */
#define NAME "auth"
#define OWN_DEV_INFO
#include "shape.h"

uint32_t SKF_GetDevInfo(void *handle, uint8_t *info) {
    uint32_t algorithm = MODE;
    (void)handle;
    memset(info, 0, 294);
    memcpy(info + 2 + 64 + 64 + 32 + 32 + 2 + 2 + 12, &algorithm, 4);
    return 0;
}
uint32_t SKF_GenRandom(void *handle, uint8_t *out, uint32_t count) {
    char line[32];
    (void)handle;
    snprintf(line, sizeof line, "random %u", count);
    note(line);
    memset(out, 0x11, count);
    return 0;
}
uint32_t SKF_SetSymmKey(void *handle, const uint8_t *key, uint32_t algorithm, void **session) {
    char line[32];
    (void)key;
    snprintf(line, sizeof line, "algorithm %x", algorithm);
    note(line);
    *session = handle;
    return 0;
}
struct parameters {
    uint8_t iv[32];
    uint32_t iv_length, padding, feed;
} __attribute__((packed));
uint32_t SKF_EncryptInit(void *session, struct parameters parameters) {
    (void)session;
    return parameters.iv_length == 0 && parameters.padding == 0 ? 0 : 6;
}
uint32_t SKF_Encrypt(void *session, const uint8_t *in, uint32_t length, uint8_t *out, uint32_t *size) {
    (void)session;
    memcpy(out, in, length);
    *size = length;
    return 0;
}
uint32_t SKF_DevAuth(void *handle, const uint8_t *answer, uint32_t length) {
    char line[64];
    (void)handle;
    snprintf(line, sizeof line, "answer %u ends %02x", length, answer[15]);
    note(line);
    return 0;
}
uint32_t SKF_CreateApplication(void *handle, const char *name, const char *admin, uint32_t admin_tries,
                               const char *user, uint32_t user_tries, uint32_t rights, void **out) {
    (void)handle, (void)name, (void)admin, (void)admin_tries, (void)user, (void)user_tries, (void)rights;
    note("application");
    *out = &the_application;
    return 0;
}
