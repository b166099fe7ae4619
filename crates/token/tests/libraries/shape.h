/* One device with one application and one container in it, for libraries whose fault lies elsewhere. NAME is
 * the device's. What a library defines itself it switches off with OWN_<FUNCTION>. */
#include "bad.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#ifndef BOOL
#define BOOL int
#endif

static int the_device, the_application, the_container;

#ifndef OWN_ENUM_DEV
uint32_t SKF_EnumDev(BOOL present, char *list, uint32_t *size) {
    (void)present;
    return one_name(NAME, list, size);
}
#endif
uint32_t SKF_ConnectDev(const char *name, void **handle) { (void)name; *handle = &the_device; return 0; }
uint32_t SKF_DisConnectDev(void *handle) { (void)handle; return 0; }
#ifndef OWN_DEV_INFO
uint32_t SKF_GetDevInfo(void *handle, uint8_t *info) { (void)handle; memset(info, 0, 294); return 0; }
#endif
uint32_t SKF_EnumApplication(void *handle, char *list, uint32_t *size) {
    (void)handle;
    return one_name("app", list, size);
}
uint32_t SKF_OpenApplication(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    *out = &the_application;
    return 0;
}
uint32_t SKF_CloseApplication(void *handle) { (void)handle; return 0; }
uint32_t SKF_EnumContainer(void *handle, char *list, uint32_t *size) {
    (void)handle;
    return one_name("c", list, size);
}
uint32_t SKF_OpenContainer(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    *out = &the_container;
    return 0;
}
uint32_t SKF_CloseContainer(void *handle) { (void)handle; return 0; }
uint32_t SKF_GetContainerType(void *handle, uint32_t *kind) { (void)handle; *kind = 2; return 0; }
#ifndef OWN_CERTIFICATE
uint32_t SKF_ExportCertificate(void *handle, BOOL sign, uint8_t *der, uint32_t *size) {
    (void)handle, (void)sign, (void)der, (void)size;
    return 0x0A00001C;
}
#endif
uint32_t SKF_VerifyPIN(void *handle, uint32_t kind, const char *pin, uint32_t *left) {
    (void)handle, (void)kind, (void)pin;
    *left = 6;
    return 0;
}

/* Adds a line to the file MARK. */
static inline void note(const char *line) {
    FILE *file = fopen(MARK, "a");
    if (!file) return;
    fprintf(file, "%s\n", line);
    fclose(file);
}
