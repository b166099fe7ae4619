/* Session keys, their modes, MACs; and hashes. */
#include "check.h"

static const char KEY[] = "0123456789ABCDEFFEDCBA9876543210";

static HANDLE key_for(DEVHANDLE device, ULONG algorithm) {
    BYTE key[16];
    HANDLE handle;
    octets(KEY, key);
    OK(SKF_SetSymmKey, device, key, algorithm, &handle);
    return handle;
}

/* What goes in comes back, in one call and in parts of 1, 2, 3 … octets, whichever way each was done. */
static void there_and_back(DEVHANDLE device, ULONG algorithm, ULONG padding, ULONG length) {
    BYTE iv[16] = {1, 2, 3}, data[100], once[128], parts[128], back[128];
    HANDLE key = key_for(device, algorithm);
    const BYTE *vector = algorithm == SGD_SM4_ECB ? NULL : iv;
    for (size_t i = 0; i < sizeof data; i++) data[i] = (BYTE)(i * 7);
    ULONG size = 0, whole, done = 0, part;

    OK(SKF_EncryptInit, key, parameters(vector, padding));
    OK(SKF_Encrypt, key, data, length, NULL, &size);
    whole = size;
    HOLDS(whole == (padding ? (length / 16 + 1) * 16 : length));
    /* Neither asking for the size nor too little room changed anything. */
    size = whole - 1;
    GIVES(SAR_BUFFER_TOO_SMALL, SKF_Encrypt, key, data, length, once, &size);
    OK(SKF_Encrypt, key, data, length, once, &size);
    GIVES(SAR_NOTINITIALIZEERR, SKF_Encrypt, key, data, length, once, &size);

    OK(SKF_EncryptInit, key, parameters(vector, padding));
    for (ULONG at = 0, step = 1; at < length; at += step, step++) {
        ULONG count = at + step > length ? length - at : step;
        part = sizeof parts - done;
        OK(SKF_EncryptUpdate, key, data + at, count, parts + done, &part);
        done += part;
    }
    part = sizeof parts - done;
    OK(SKF_EncryptFinal, key, parts + done, &part);
    HOLDS(done + part == whole && memcmp(once, parts, whole) == 0);

    OK(SKF_DecryptInit, key, parameters(vector, padding));
    OK(SKF_Decrypt, key, once, whole, NULL, &size);
    HOLDS(size == length);
    OK(SKF_Decrypt, key, once, whole, back, &size);
    HOLDS(memcmp(back, data, length) == 0);
    OK(SKF_DecryptInit, key, parameters(vector, padding));
    done = 0;
    for (ULONG at = 0, step = 1; at < whole; at += step, step++) {
        ULONG count = at + step > whole ? whole - at : step;
        part = sizeof back - done;
        OK(SKF_DecryptUpdate, key, once + at, count, back + done, &part);
        done += part;
    }
    part = sizeof back - done;
    OK(SKF_DecryptFinal, key, back + done, &part);
    HOLDS(done + part == length && memcmp(back, data, length) == 0);
    OK(SKF_CloseHandle, key);
}

static void refusals(DEVHANDLE device) {
    BYTE octets16[16] = {0}, out[64];
    HANDLE key, keys[64];
    ULONG size = sizeof out;
    int count = 0;
    GIVES(SAR_NOTSUPPORTYETERR, SKF_SetSymmKey, device, octets16, SGD_SM1_CBC, &key);
    GIVES(SAR_NOTSUPPORTYETERR, SKF_SetSymmKey, device, octets16, SGD_SSF33_ECB, &key);
    key = key_for(device, SGD_SM4_CBC);
    GIVES(SAR_NOTINITIALIZEERR, SKF_EncryptUpdate, key, octets16, 16, out, &size);
    GIVES(SAR_INVALIDPARAMERR, SKF_EncryptInit, key, parameters(NULL, NO_PADDING));
    OK(SKF_EncryptInit, key, parameters(octets16, NO_PADDING));
    GIVES(SAR_INDATALENERR, SKF_Encrypt, key, octets16, 15, out, &size);
    OK(SKF_DecryptInit, key, parameters(octets16, PKCS5_PADDING));
    GIVES(SAR_DECRYPTPADERR, SKF_Decrypt, key, octets16, 16, out, &size);
    OK(SKF_CloseHandle, key);
    key = key_for(device, SGD_SM4_OFB);
    GIVES(SAR_INVALIDPARAMERR, SKF_EncryptInit, key, parameters(octets16, PKCS5_PADDING));
    OK(SKF_CloseHandle, key);
    key = key_for(device, SGD_SM4_MAC);
    GIVES(SAR_KEYUSAGEERR, SKF_EncryptInit, key, parameters(octets16, NO_PADDING));
    OK(SKF_CloseHandle, key);
    /* A device has room for so many, and closing one makes room again. */
    while (count < 64 && SKF_SetSymmKey(device, octets16, SGD_SM4_ECB, &keys[count]) == SAR_OK) count++;
    GIVES(SAR_NO_ROOM, SKF_SetSymmKey, device, octets16, SGD_SM4_ECB, &key);
    OK(SKF_CloseHandle, keys[--count]);
    OK(SKF_SetSymmKey, device, octets16, SGD_SM4_ECB, &keys[count++]);
    while (count > 0) OK(SKF_CloseHandle, keys[--count]);
}

static void macs(DEVHANDLE device) {
    BYTE data[32] = {9}, encrypted[32], value[16], iv[16] = {0};
    HANDLE key = key_for(device, SGD_SM4_CBC), mac;
    ULONG size = sizeof encrypted;
    BLOCKCIPHERPARAM zeros = parameters(NULL, NO_PADDING), padded = parameters(NULL, PKCS5_PADDING);
    OK(SKF_EncryptInit, key, parameters(iv, NO_PADDING));
    OK(SKF_Encrypt, key, data, 32, encrypted, &size);
    OK(SKF_MacInit, key, &zeros, &mac);
    size = sizeof value;
    OK(SKF_Mac, mac, data, 32, value, &size);
    HOLDS(size == 16 && memcmp(value, encrypted + 16, 16) == 0);
    OK(SKF_MacUpdate, mac, data, 5);
    GIVES(SAR_INDATALENERR, SKF_MacFinal, mac, value, &size);
    OK(SKF_MacUpdate, mac, data + 5, 27);
    memset(value, 0, sizeof value);
    OK(SKF_MacFinal, mac, NULL, &size);
    OK(SKF_MacFinal, mac, value, &size);
    HOLDS(memcmp(value, encrypted + 16, 16) == 0);
    OK(SKF_CloseHandle, mac);
    OK(SKF_MacInit, key, &padded, &mac);
    OK(SKF_Mac, mac, data, 5, value, &size);
    OK(SKF_CloseHandle, mac);
    OK(SKF_CloseHandle, key);
}

void sessions(DEVHANDLE device) {
    /* GB/T 32907-2016, A.1 */
    BYTE block[16], expected[16], out[16];
    ULONG size = 16;
    HANDLE key = key_for(device, SGD_SM4_ECB);
    octets(KEY, block);
    octets("681EDF34D206965E86B3E94F536E4246", expected);
    OK(SKF_EncryptInit, key, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, key, block, 16, out, &size);
    HOLDS(memcmp(out, expected, 16) == 0);
    OK(SKF_CloseHandle, key);

    for (ULONG length = 1; length <= 48; length++) {
        there_and_back(device, SGD_SM4_ECB, PKCS5_PADDING, length);
        there_and_back(device, SGD_SM4_CBC, PKCS5_PADDING, length);
        there_and_back(device, SGD_SM4_CFB, NO_PADDING, length);
        there_and_back(device, SGD_SM4_OFB, NO_PADDING, length);
    }
    there_and_back(device, SGD_SM4_ECB, NO_PADDING, 96);
    there_and_back(device, SGD_SM4_CBC, NO_PADDING, 96);
    refusals(device);
    macs(device);
}

static void digest(DEVHANDLE device, ULONG algorithm, const char *expected) {
    HANDLE hash;
    BYTE value[32], right[32];
    ULONG size = 0, length = (ULONG)octets(expected, right);
    OK(SKF_DigestInit, device, algorithm, NULL, NULL, 0, &hash);
    OK(SKF_Digest, hash, (const BYTE *)"abc", 3, NULL, &size);
    HOLDS(size == length);
    OK(SKF_Digest, hash, (const BYTE *)"abc", 3, value, &size);
    HOLDS(memcmp(value, right, length) == 0);
    OK(SKF_DigestUpdate, hash, (const BYTE *)"ab", 2);
    OK(SKF_DigestUpdate, hash, (const BYTE *)"c", 1);
    OK(SKF_DigestFinal, hash, value, &size);
    HOLDS(memcmp(value, right, length) == 0);
    OK(SKF_CloseHandle, hash);
}

void digests(DEVHANDLE device) {
    digest(device, SGD_SM3, "66C7F0F462EEEDD9D1F2D46BDC10E4E24167C4875CF2F7A2297DA02B8F4BA8E0");
    digest(device, SGD_SHA1, "A9993E364706816ABA3E25717850C26C9CD0D89D");
    digest(device, SGD_SHA256, "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");

    /* GM/T 0003.5-2012, signature: Z, then e of "message digest". */
    ECCPUBLICKEYBLOB key = point("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
                                 "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13");
    BYTE value[32], expected[32];
    ULONG size = 32;
    HANDLE hash;
    octets("F0B43E94BA45ACCAACE692ED534382EB17E6AB5A19CE7B31F4486FDFC0D28640", expected);
    OK(SKF_DigestInit, device, SGD_SM3, &key, (const BYTE *)"1234567812345678", 16, &hash);
    OK(SKF_Digest, hash, (const BYTE *)"message digest", 14, value, &size);
    HOLDS(memcmp(value, expected, 32) == 0);
    GIVES(SAR_NOTSUPPORTYETERR, SKF_DigestInit, device, 0x10, NULL, NULL, 0, &hash);
}
