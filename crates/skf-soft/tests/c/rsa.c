/* RSA of clause 7.6. */
#include "check.h"

/* One DER INTEGER from a right-aligned number. */
static size_t integer(const BYTE *number, size_t length, BYTE *place) {
    while (length > 1 && *number == 0) number++, length--;
    size_t zero = *number >> 7, value = length + zero, head = 0;
    place[head++] = 2;
    if (value > 255) {
        place[head++] = 0x82;
        place[head++] = (BYTE)(value >> 8);
    } else if (value > 127) {
        place[head++] = 0x81;
    }
    place[head++] = (BYTE)value;
    if (zero) place[head++] = 0;
    memcpy(place + head, number, length);
    return head + length;
}

/* RSAPrivateKey of PKCS#1, with zeros to a whole block. */
static ULONG private_key(const RSAPRIVATEKEYBLOB *key, BYTE *place) {
    BYTE body[1400];
    size_t length = 0;
    body[length++] = 2;
    body[length++] = 1;
    body[length++] = 0;
    length += integer(key->Modulus, 256, body + length);
    length += integer(key->PublicExponent, 4, body + length);
    length += integer(key->PrivateExponent, 256, body + length);
    length += integer(key->Prime1, 128, body + length);
    length += integer(key->Prime2, 128, body + length);
    length += integer(key->Prime1Exponent, 128, body + length);
    length += integer(key->Prime2Exponent, 128, body + length);
    length += integer(key->Coefficient, 128, body + length);
    const BYTE head[] = {0x30, 0x82, (BYTE)(length >> 8), (BYTE)length};
    memcpy(place, head, 4);
    memcpy(place + 4, body, length);
    length += 4;
    while (length % 16) place[length++] = 0;
    return (ULONG)length;
}

void rsa(DEVHANDLE device, HAPPLICATION application) {
    /* DigestInfo of SHA-256 (RFC 8017, 9.2). */
    BYTE info[51] = {0x30, 0x31, 0x30, 0x0D, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0, 4, 32};
    static RSAPRIVATEKEYBLOB outside;
    RSAPUBLICKEYBLOB key, outside_public, found;
    HCONTAINER container;
    BYTE signature[256], x[256] = {0, 5}, y[256], back[256], wrapped[256], plain[1500], encrypted[1500];
    ULONG size = 0, kind;

    OK(SKF_CreateContainer, application, "rsa", &container);
    GIVES(SAR_RSAMODULUSLENERR, SKF_GenRSAKeyPair, container, 1024, &key);
    OK(SKF_GenRSAKeyPair, container, 2048, &key);
    OK(SKF_GetContainerType, container, &kind);
    HOLDS(kind == CONTAINER_RSA && key.BitLen == 2048);
    OK(SKF_RSASignData, container, info, sizeof info, NULL, &size);
    HOLDS(size == 256);
    OK(SKF_RSASignData, container, info, sizeof info, signature, &size);
    OK(SKF_RSAVerify, device, &key, info, sizeof info, signature, 256);
    info[50] ^= 1;
    GIVES(SAR_FAIL, SKF_RSAVerify, device, &key, info, sizeof info, signature, 256);
    GIVES(SAR_INDATAERR, SKF_RSASignData, container, info, 50, signature, &size);

    GIVES(SAR_RSAMODULUSLENERR, SKF_GenExtRSAKey, device, 1024, &outside);
    OK(SKF_GenExtRSAKey, device, 2048, &outside);
    memset(&outside_public, 0, sizeof outside_public);
    outside_public.AlgID = SGD_RSA;
    outside_public.BitLen = 2048;
    memcpy(outside_public.Modulus, outside.Modulus, 256);
    memcpy(outside_public.PublicExponent, outside.PublicExponent, 4);
    size = sizeof y;
    OK(SKF_ExtRSAPriKeyOperation, device, &outside, x, 256, y, &size);
    OK(SKF_ExtRSAPubKeyOperation, device, &outside_public, y, 256, back, &size);
    HOLDS(memcmp(x, back, 256) == 0);
    GIVES(SAR_INDATALENERR, SKF_ExtRSAPubKeyOperation, device, &outside_public, y, 255, back, &size);

    /* The encryption pair comes under a session key that is wrapped for the signing key. */
    HANDLE session, ours, theirs;
    size = sizeof wrapped;
    OK(SKF_RSAExportSessionKey, container, SGD_SM4_ECB, &key, wrapped, &size, &session);
    ULONG length = private_key(&outside, plain);
    size = sizeof encrypted;
    OK(SKF_EncryptInit, session, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, session, plain, length, encrypted, &size);
    GIVES(SAR_NOTSUPPORTYETERR, SKF_ImportRSAKeyPair, container, SGD_SM1_ECB, wrapped, 256, encrypted, size);
    OK(SKF_ImportRSAKeyPair, container, SGD_SM4_ECB, wrapped, 256, encrypted, size);
    size = sizeof found;
    OK(SKF_ExportPublicKey, container, SKF_FALSE, (BYTE *)&found, &size);
    HOLDS(memcmp(&found, &outside_public, sizeof found) == 0);

    /* A session key for the encryption key comes in; one for the signing key doesn't. */
    size = sizeof wrapped;
    OK(SKF_RSAExportSessionKey, container, SGD_SM4_CBC, &outside_public, wrapped, &size, &ours);
    OK(SKF_ImportSessionKey, container, SGD_SM4_CBC, wrapped, 256, &theirs);
    BYTE one[16], other[16], iv[16] = {3};
    size = 16;
    OK(SKF_EncryptInit, ours, parameters(iv, NO_PADDING));
    OK(SKF_Encrypt, ours, x, 16, one, &size);
    OK(SKF_EncryptInit, theirs, parameters(iv, NO_PADDING));
    OK(SKF_Encrypt, theirs, x, 16, other, &size);
    HOLDS(memcmp(one, other, 16) == 0);
    OK(SKF_CloseContainer, container);
}
