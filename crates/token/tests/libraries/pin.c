/* A library with one application whose PIN check goes wrong in the way that MODE says. Each PIN that comes
 * is counted in the file MARK: one octet a time; the process is noted in MARK.pid. It says that ULONG and BOOL have eight octets. */
#include "bad.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int device, application, container;

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present;
    return one_name("pin", list, size);
}
uint32_t SKF_ConnectDev(const char *name, void **handle) { (void)name; *handle = &device; return 0; }
uint32_t SKF_GetDevInfo(void *handle, uint8_t *info) { (void)handle; memset(info, 0, 294); return 0; }
uint32_t SKF_EnumApplication(void *handle, char *list, uint32_t *size) {
    (void)handle;
    return one_name("app", list, size);
}
uint32_t SKF_OpenApplication(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    *out = &application;
    return 0;
}
uint32_t SKF_EnumContainer(void *handle, char *list, uint32_t *size) {
    (void)handle;
    return one_name("c", list, size);
}
uint32_t SKF_OpenContainer(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    *out = &container;
    return 0;
}
uint32_t SKF_GetContainerType(void *handle, uint32_t *kind) { (void)handle; *kind = 2; return 0; }
uint32_t SKF_ExportCertificate(void *handle, long sign, uint8_t *der, uint32_t *size) {
    (void)handle, (void)sign, (void)der, (void)size;
    return 0x0A00001C;
}
uint32_t SKF_GetPINInfo(void *handle, uint32_t kind, uint64_t *most, uint64_t *left, long *initial) {
    (void)handle, (void)kind;
    *most = 6, *left = 6, *initial = -1L;
    return 0;
}
uint32_t SKF_VerifyPIN(void *handle, uint32_t kind, const char *pin, uint64_t *left) {
    (void)handle, (void)kind, (void)pin;
    int file = open(MARK, O_CREAT | O_WRONLY | O_APPEND, 0600);
    if (write(file, "+", 1) != 1) return 1;
    close(file);
    FILE *own = fopen(MARK ".pid", "w");
    if (!own) return 1;
    fprintf(own, "%d\n", (int)getpid());
    fclose(own);
    *left = 5;
    if (MODE == 0) for (;;) pause();
    *(volatile int *)0 = 1;
    return 0;
}
