/* A library that writes down each call in the file MARK, a line a time, and signs with a constant.
 * Its one key is the base point of SM2's curve: the private key is 1, and the signature is never right.
 * MODE 1: signing never comes back. MODE 2: it crashes. MODE 3: the device is pulled out while it signs.
 * The certificate is what the file CERTIFICATE beside MARK holds. */
#include "bad.h"
#include <stdio.h>
#include <unistd.h>

static int device, application, container, removed;

static void trace(const char *call) {
    FILE *file = fopen(MARK, "a");
    if (!file) return;
    fprintf(file, "%s\n", call);
    fclose(file);
}

static const uint8_t base[64] = {
    0x32, 0xC4, 0xAE, 0x2C, 0x1F, 0x19, 0x81, 0x19, 0x5F, 0x99, 0x04, 0x46, 0x6A, 0x39, 0xC9, 0x94,
    0x8F, 0xE3, 0x0B, 0xBF, 0xF2, 0x66, 0x0B, 0xE1, 0x71, 0x5A, 0x45, 0x89, 0x33, 0x4C, 0x74, 0xC7,
    0xBC, 0x37, 0x36, 0xA2, 0xF4, 0xF6, 0x77, 0x9C, 0x59, 0xBD, 0xCE, 0xE3, 0x6B, 0x69, 0x21, 0x53,
    0xD0, 0xA9, 0x87, 0x7C, 0xC6, 0x2A, 0x47, 0x40, 0x02, 0xDF, 0x32, 0xE5, 0x21, 0x39, 0xF0, 0xA0,
};

uint32_t SKF_EnumDev(long present, char *list, uint32_t *size) {
    (void)present;
    if (!removed) return one_name("traces", list, size);
    if (list) list[0] = list[1] = 0;
    *size = 2;
    return 0;
}
uint32_t SKF_ConnectDev(const char *name, void **out) { (void)name; trace("ConnectDev"); *out = &device; return 0; }
uint32_t SKF_DisConnectDev(void *handle) { (void)handle; trace("DisConnectDev"); return 0; }
uint32_t SKF_LockDev(void *handle, uint32_t limit) { (void)handle, (void)limit; trace("LockDev"); return 0; }
uint32_t SKF_UnlockDev(void *handle) { (void)handle; trace("UnlockDev"); return 0; }
uint32_t SKF_OpenApplication(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    trace("OpenApplication");
    *out = &application;
    return 0;
}
uint32_t SKF_CloseApplication(void *handle) { (void)handle; trace("CloseApplication"); return 0; }
uint32_t SKF_VerifyPIN(void *handle, uint32_t kind, const char *pin, uint32_t *left) {
    (void)handle, (void)kind;
    trace("VerifyPIN");
    *left = 3;
    return strcmp(pin, "20261122") == 0 ? 0 : 0x0A000024;
}
uint32_t SKF_ClearSecureState(void *handle) { (void)handle; trace("ClearSecureState"); return 0; }
uint32_t SKF_OpenContainer(void *handle, const char *name, void **out) {
    (void)handle, (void)name;
    trace("OpenContainer");
    *out = &container;
    return 0;
}
uint32_t SKF_CloseContainer(void *handle) { (void)handle; trace("CloseContainer"); return 0; }
uint32_t SKF_GetContainerType(void *handle, uint32_t *kind) { (void)handle; *kind = 2; return 0; }
uint32_t SKF_ExportPublicKey(void *handle, long sign, uint8_t *blob, uint32_t *size) {
    (void)handle, (void)sign;
    if (blob) {
        uint32_t bits = 256;
        memset(blob, 0, 132);
        memcpy(blob, &bits, 4);
        memcpy(blob + 36, base, 32);
        memcpy(blob + 100, base + 32, 32);
    }
    *size = 132;
    return 0;
}
uint32_t SKF_ExportCertificate(void *handle, long sign, uint8_t *der, uint32_t *size) {
    (void)handle, (void)sign;
    uint8_t content[4096];
    FILE *file = fopen(MARK ".der", "rb");
    if (!file || !sign) return 0x0A00001C;
    uint32_t length = (uint32_t)fread(content, 1, sizeof content, file);
    fclose(file);
    if (der) memcpy(der, content, length);
    *size = length;
    return 0;
}
uint32_t SKF_ECCSignData(void *handle, const uint8_t *digest, uint32_t length, uint8_t *signature) {
    (void)handle, (void)digest, (void)length;
    trace("ECCSignData");
    if (MODE == 1) for (;;) pause();
    if (MODE == 2) *(volatile int *)0 = 1;
    if (MODE == 3) {
        removed = 1;
        return 0x0A000023;
    }
    memset(signature, 0, 128);
    memset(signature + 32, 0x11, 32);
    memset(signature + 96, 0x22, 32);
    return 0;
}
