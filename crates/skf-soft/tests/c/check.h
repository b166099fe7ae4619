/* A C program's view of the library: each call is counted, each outcome compared. */
#ifndef YINXIN_CHECK_H
#define YINXIN_CHECK_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "skf.h"

/* Prints the function's name, and ends the program when the code isn't the one expected. */
static inline void outcome(const char *file, int line, const char *function, ULONG found, ULONG expected) {
    printf("called %s\n", function);
    if (found != expected) {
        fprintf(stderr, "%s:%d: %s gave 0x%08X where 0x%08X was expected\n", file, line, function, found, expected);
        exit(1);
    }
}

static inline void holds(const char *file, int line, const char *what, int truth) {
    if (!truth) {
        fprintf(stderr, "%s:%d: %s doesn't hold\n", file, line, what);
        exit(1);
    }
}

#define GIVES(code, function, ...) outcome(__FILE__, __LINE__, #function, function(__VA_ARGS__), code)
#define OK(function, ...) GIVES(SAR_OK, function, __VA_ARGS__)
#define OK_BARE(function) outcome(__FILE__, __LINE__, #function, function(), SAR_OK)
#define HOLDS(truth) holds(__FILE__, __LINE__, #truth, truth)

#define ADMIN_PIN "admin-2026"
#define USER_PIN "20261122"

/* A ciphertext with room for its octets. */
typedef union {
    ECCCIPHERBLOB blob;
    BYTE room[sizeof(ECCCIPHERBLOB) + 512];
} cipher_room;

typedef union {
    ENVELOPEDKEYBLOB blob;
    BYTE room[sizeof(ENVELOPEDKEYBLOB) + 64];
} envelope_room;

/* Octets from hexadecimal digits; gives how many. */
static inline size_t octets(const char *digits, BYTE *place) {
    size_t count = 0;
    unsigned value;
    for (; sscanf(digits, "%2x", &value) == 1; digits += 2) place[count++] = (BYTE)value;
    return count;
}

/* x and y in 128 digits, right-aligned in a blob. */
static inline ECCPUBLICKEYBLOB point(const char *digits) {
    ECCPUBLICKEYBLOB blob = {256, {0}, {0}};
    BYTE both[64];
    octets(digits, both);
    memcpy(blob.XCoordinate + 32, both, 32);
    memcpy(blob.YCoordinate + 32, both + 32, 32);
    return blob;
}

static inline BLOCKCIPHERPARAM parameters(const BYTE *iv, ULONG padding) {
    BLOCKCIPHERPARAM made = {{0}, iv ? 16 : 0, padding, 0};
    if (iv) memcpy(made.IV, iv, 16);
    return made;
}

/* Authenticates the device with 8 random octets and zeros, as the standard says. */
static inline void authenticate(DEVHANDLE device, const char *device_key) {
    BYTE challenge[16] = {0}, answer[16];
    ULONG size = sizeof answer;
    HANDLE key;
    OK(SKF_GenRandom, device, challenge, 8);
    OK(SKF_SetSymmKey, device, (const BYTE *)device_key, SGD_SM4_ECB, &key);
    OK(SKF_EncryptInit, key, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, key, challenge, 16, answer, &size);
    OK(SKF_CloseHandle, key);
    OK(SKF_DevAuth, device, answer, 16);
}

void devices(const char *drawer);
void access_control(DEVHANDLE device);
void files(DEVHANDLE device);
void containers(HAPPLICATION application);
void sm2(DEVHANDLE device, HAPPLICATION application);
void rsa(DEVHANDLE device, HAPPLICATION application);
void sessions(DEVHANDLE device);
void digests(DEVHANDLE device);

#endif
