/* SM2 of clause 7.6. The two encryption pairs are those of the agreement example of GM/T 0003.5-2012. */
#include "check.h"

static const char A_PRIVATE[] = "81EB26E941BB5AF16DF116495F90695272AE2CD63D6C4AE1678418BE48230029";
static const char A_PUBLIC[] = "160E12897DF4EDB61DD812FEB96748FBD3CCF4FFE26AA6F6DB9540AF49C94232"
                               "4A7DAD08BB9A459531694BEB20AA489D6649975E1BFCF8C4741B78B4B223007F";
static const char B_PRIVATE[] = "785129917D45A9EA5437A59356B82338EAADDA6CEB199088F14AE10DEFA229B5";
static const char B_PUBLIC[] = "6AE848C57C53C7B1B5FA99EB2286AF078BA64C64591B8B566F7357D576F16DFB"
                               "EE489D771621A27B36C5C7992062E9CD09A9264386F3FBEA54DFF69305621C4D";

/* What an issuer's key management sends: the pair under a key that is under the signing key. */
static void envelop(DEVHANDLE device, const char *private, const char *public, const ECCPUBLICKEYBLOB *signing_key,
                    size_t at, envelope_room *envelope) {
    BYTE key[16], padded[64] = {0};
    ULONG size = 64;
    HANDLE session;
    memset(envelope, 0, sizeof *envelope);
    envelope->blob.Version = 1;
    envelope->blob.ulSymmAlgID = SGD_SM4_ECB;
    envelope->blob.ulBits = 256;
    envelope->blob.PubKey = point(public);
    octets(private, padded + at);
    OK(SKF_GenRandom, device, key, sizeof key);
    OK(SKF_ExtECCEncrypt, device, signing_key, key, sizeof key, &envelope->blob.ECCCipherBlob);
    OK(SKF_SetSymmKey, device, key, SGD_SM4_ECB, &session);
    OK(SKF_EncryptInit, session, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, session, padded, 64, envelope->blob.cbEncryptedPriKey, &size);
    OK(SKF_CloseHandle, session);
}

/* A container with a signing pair of its own and the encryption pair given. */
static HCONTAINER with_pairs(DEVHANDLE device, HAPPLICATION application, const char *name, const char *private,
                             const char *public, size_t at) {
    HCONTAINER container;
    ECCPUBLICKEYBLOB signing_key, found, expected = point(public);
    envelope_room envelope;
    ULONG size = sizeof found;
    OK(SKF_CreateContainer, application, name, &container);
    OK(SKF_GenECCKeyPair, container, SGD_SM2_1, &signing_key);
    GIVES(SAR_KEYNOTFOUNDERR, SKF_ExportPublicKey, container, SKF_FALSE, (BYTE *)&found, &size);
    envelop(device, private, public, &signing_key, at, &envelope);
    envelope.blob.ulSymmAlgID = SGD_SM1_ECB;
    GIVES(SAR_NOTSUPPORTYETERR, SKF_ImportECCKeyPair, container, &envelope.blob);
    envelope.blob.ulSymmAlgID = SGD_SM4_ECB;
    envelope.blob.cbEncryptedPriKey[at] ^= 1;
    GIVES(SAR_INDATAERR, SKF_ImportECCKeyPair, container, &envelope.blob);
    envelope.blob.cbEncryptedPriKey[at] ^= 1;
    OK(SKF_ImportECCKeyPair, container, &envelope.blob);
    size = sizeof found;
    OK(SKF_ExportPublicKey, container, SKF_FALSE, (BYTE *)&found, &size);
    HOLDS(size == 132 && memcmp(&found, &expected, sizeof found) == 0);
    return container;
}

static void signatures(DEVHANDLE device, HCONTAINER container) {
    ECCPUBLICKEYBLOB key;
    ECCPRIVATEKEYBLOB private = {256, {0}};
    ECCPUBLICKEYBLOB a = point(A_PUBLIC);
    ECCSIGNATUREBLOB signature;
    BYTE e[32] = {7};
    ULONG size = sizeof key;
    OK(SKF_ExportPublicKey, container, SKF_TRUE, (BYTE *)&key, &size);
    OK(SKF_ECCSignData, container, e, 32, &signature);
    GIVES(SAR_INDATALENERR, SKF_ECCSignData, container, e, 31, &signature);
    OK(SKF_ECCVerify, device, &key, e, 32, &signature);
    GIVES(SAR_FAIL, SKF_ECCVerify, device, &a, e, 32, &signature);
    octets(A_PRIVATE, private.PrivateKey + 32);
    OK(SKF_ExtECCSign, device, &private, e, 32, &signature);
    OK(SKF_ExtECCVerify, device, &a, e, 32, &signature);
    e[0] ^= 1;
    GIVES(SAR_FAIL, SKF_ExtECCVerify, device, &a, e, 32, &signature);
}

static void decryption(DEVHANDLE device, HAPPLICATION application, HCONTAINER container) {
    ECCPUBLICKEYBLOB a = point(A_PUBLIC);
    ECCPRIVATEKEYBLOB private = {256, {0}};
    cipher_room cipher;
    BYTE plain[64];
    ULONG size = 0, left;
    OK(SKF_ExtECCEncrypt, device, &a, (const BYTE *)"for A alone", 11, &cipher.blob);
    octets(A_PRIVATE, private.PrivateKey + 32);
    OK(SKF_ExtECCDecrypt, device, &private, &cipher.blob, NULL, &size);
    HOLDS(size == 11);
    OK(SKF_ExtECCDecrypt, device, &private, &cipher.blob, plain, &size);
    HOLDS(memcmp(plain, "for A alone", 11) == 0);
    OK(SKF_ECCDecrypt, container, &cipher.blob, NULL, &size);
    size = 10;
    GIVES(SAR_BUFFER_TOO_SMALL, SKF_ECCDecrypt, container, &cipher.blob, plain, &size);
    memset(plain, 0, sizeof plain);
    OK(SKF_ECCDecrypt, container, &cipher.blob, plain, &size);
    HOLDS(size == 11 && memcmp(plain, "for A alone", 11) == 0);
    OK(SKF_PrvKeyDecrypt, container, 1, &cipher.blob, plain, &size);
    GIVES(SAR_KEYUSAGEERR, SKF_PrvKeyDecrypt, container, 2, &cipher.blob, plain, &size);
    cipher.blob.HASH[0] ^= 1;
    GIVES(SAR_INDATAERR, SKF_ECCDecrypt, container, &cipher.blob, plain, &size);
    cipher.blob.HASH[0] ^= 1;
    /* Without a login the key does nothing. */
    OK(SKF_ClearSecureState, application);
    GIVES(SAR_USER_NOT_LOGGED_IN, SKF_ECCDecrypt, container, &cipher.blob, plain, &size);
    OK(SKF_VerifyPIN, application, USER_TYPE, USER_PIN, &left);
}

/* Both keys encrypt one block alike. */
static int same_key(HANDLE one, HANDLE other) {
    BYTE first[16], second[16];
    ULONG size = 16;
    OK(SKF_EncryptInit, one, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, one, (const BYTE *)"sixteen octets..", 16, first, &size);
    OK(SKF_EncryptInit, other, parameters(NULL, NO_PADDING));
    OK(SKF_Encrypt, other, (const BYTE *)"sixteen octets..", 16, second, &size);
    return memcmp(first, second, 16) == 0;
}

static void session_keys(HCONTAINER a_container, HCONTAINER b_container) {
    ECCPUBLICKEYBLOB a = point(A_PUBLIC);
    cipher_room wrapped;
    HANDLE ours, theirs;
    OK(SKF_ECCExportSessionKey, b_container, SGD_SM4_ECB, &a, &wrapped.blob, &ours);
    GIVES(SAR_NOTSUPPORTYETERR, SKF_ECCExportSessionKey, b_container, SGD_SSF33_ECB, &a, &wrapped.blob, &theirs);
    ULONG length = (ULONG)offsetof(ECCCIPHERBLOB, Cipher) + wrapped.blob.CipherLen;
    OK(SKF_ImportSessionKey, a_container, SGD_SM4_ECB, wrapped.room, length, &theirs);
    HOLDS(same_key(ours, theirs));
    GIVES(SAR_INDATALENERR, SKF_ImportSessionKey, a_container, SGD_SM4_ECB, wrapped.room, length - 1, &theirs);
    GIVES(SAR_INDATAERR, SKF_ImportSessionKey, b_container, SGD_SM4_ECB, wrapped.room, length, &theirs);
    OK(SKF_CloseHandle, ours);
    GIVES(SAR_INVALIDHANDLEERR, SKF_CloseHandle, ours);
}

static void agreement(HCONTAINER a_container, HCONTAINER b_container) {
    ECCPUBLICKEYBLOB a = point(A_PUBLIC), b = point(B_PUBLIC), a_temporary, b_temporary;
    HANDLE begun, ours, theirs;
    OK(SKF_GenerateAgreementDataWithECC, a_container, SGD_SM4_ECB, &a_temporary, (const BYTE *)"alice", 5, &begun);
    OK(SKF_GenerateAgreementDataAndKeyWithECC, b_container, SGD_SM4_ECB, &a, &a_temporary, &b_temporary,
       (const BYTE *)"bob", 3, (const BYTE *)"alice", 5, &theirs);
    OK(SKF_GenerateKeyWithECC, begun, &b, &b_temporary, (const BYTE *)"bob", 3, &ours);
    HOLDS(same_key(ours, theirs));
    /* One agreement yields one key. */
    GIVES(SAR_NOTINITIALIZEERR, SKF_GenerateKeyWithECC, begun, &b, &b_temporary, (const BYTE *)"bob", 3, &ours);
    OK(SKF_CloseHandle, begun);
    /* With another name it is another key. */
    OK(SKF_GenerateAgreementDataWithECC, a_container, SGD_SM4_ECB, &a_temporary, (const BYTE *)"mallory", 7, &begun);
    OK(SKF_GenerateAgreementDataAndKeyWithECC, b_container, SGD_SM4_ECB, &a, &a_temporary, &b_temporary,
       (const BYTE *)"bob", 3, (const BYTE *)"alice", 5, &theirs);
    OK(SKF_GenerateKeyWithECC, begun, &b, &b_temporary, (const BYTE *)"bob", 3, &ours);
    HOLDS(!same_key(ours, theirs));
}

void sm2(DEVHANDLE device, HAPPLICATION application) {
    /* The private key stands where ECCPRIVATEKEYBLOB has it, and once at the front. */
    HCONTAINER a_container = with_pairs(device, application, "a", A_PRIVATE, A_PUBLIC, 32);
    HCONTAINER b_container = with_pairs(device, application, "b", B_PRIVATE, B_PUBLIC, 0);
    ECCPUBLICKEYBLOB key;
    GIVES(SAR_CONTAINER_EXISTS, SKF_GenECCKeyPair, a_container, SGD_SM2_1, &key);
    signatures(device, a_container);
    decryption(device, application, a_container);
    session_keys(a_container, b_container);
    agreement(a_container, b_container);
    OK(SKF_CloseContainer, a_container);
    OK(SKF_CloseContainer, b_container);
}
