/* SM2 decryption as four makers declare it, by MODE, and the import of an enveloped key. The "plaintext" is the
 * ciphertext's octets, each with 0x5A added by XOR, if all that came is what the test sent: x = 1…, y = 2…,
 * hash = 3… . What was imported is written to MARK.key. */
#define NAME "decrypts"
#include "shape.h"

static uint32_t open_blob(const uint8_t *blob, uint8_t *out, uint32_t *size) {
    uint32_t length;
    for (int at = 0; at < 32; at++)
        if (blob[at] || blob[32 + at] != 1 || blob[64 + at] || blob[96 + at] != 2 || blob[128 + at] != 3)
            return 0x0A000011;
    memcpy(&length, blob + 160, 4);
    if (length > *size) return 0x0A000020;
    for (uint32_t at = 0; at < length; at++) out[at] = blob[164 + at] ^ 0x5A;
    *size = length;
    return 0;
}

#if MODE == 0
uint32_t SKF_ECCDecrypt(void *container, const uint8_t *blob, uint8_t *out, uint32_t *size) {
    return container == &the_container ? open_blob(blob, out, size) : 5;
}
#elif MODE == 1
uint32_t SKF_ECCDecrypt(void *container, BOOL sign, const uint8_t *blob, uint8_t *out, uint32_t *size) {
    return container == &the_container && !sign ? open_blob(blob, out, size) : 5;
}
#elif MODE == 2
uint32_t SKF_PrvKeyDecrypt(void *container, uint32_t which, const uint8_t *blob, uint8_t *out, uint32_t *size) {
    return container == &the_container && which == 1 ? open_blob(blob, out, size) : 5;
}
#elif MODE == 3
uint32_t SKF_ECCPrvKeyDecrypt(void *container, const uint8_t *in, uint32_t length, uint8_t *out, uint32_t *size) {
    uint32_t inside;
    memcpy(&inside, in + 160, 4);
    if (container != &the_container || length != 164 + inside) return 5;
    return open_blob(in, out, size);
}
#endif

static uint8_t imported[132];
static int has_pair;

uint32_t SKF_ImportECCKeyPair(void *container, const uint8_t *blob) {
    (void)container;
    FILE *file = fopen(MARK ".key", "wb");
    if (!file || fwrite(blob + 12, 1, 64, file) != 64) return 1;
    fclose(file);
    memcpy(imported, blob + 76, 132);
    has_pair = 1;
    return 0;
}
uint32_t SKF_ExportPublicKey(void *container, BOOL sign, uint8_t *blob, uint32_t *size) {
    (void)container;
    if (sign || !has_pair) return 0x0A00001B;
    if (blob) memcpy(blob, imported, 132);
    *size = 132;
    return 0;
}
uint32_t SKF_ImportCertificate(void *container, BOOL sign, const uint8_t *der, uint32_t length) {
    (void)container, (void)der, (void)length;
    note(sign ? "certificate for signing" : "certificate for encryption");
    return 0;
}
