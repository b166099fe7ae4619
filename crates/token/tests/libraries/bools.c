/* A library whose BOOL is as wide as the test says (-DBOOL=…): it gives one certificate for TRUE and another for
 * FALSE, and writes a whole BOOL where one is asked of it. Its ULONG is as wide as -DULONG=… says. */
#define NAME "bools"
#define OWN_CERTIFICATE
#include "shape.h"

uint32_t SKF_ExportCertificate(void *handle, BOOL sign, uint8_t *der, uint32_t *size) {
    (void)handle;
    if (sign != 0 && sign != 1) return 0x0A000006;
    if (der) memcpy(der, sign ? "sign" : "encr", 4);
    *size = 4;
    return 0;
}
uint32_t SKF_GetPINInfo(void *handle, uint32_t kind, ULONG *most, ULONG *left, BOOL *initial) {
    (void)handle;
    *most = 10;
    *left = kind == 1 ? 7 : 3;
    *initial = kind == 1;
    return 0;
}
