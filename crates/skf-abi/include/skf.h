/* The C interface of GM/T 0016-2012, smart token cryptography application interface (SKF), in our words.
 *
 * ULONG has 32 bits everywhere, BOOL four octets, and every structure is packed. `tests/layout.rs` compares
 * sizes and offsets with the Rust structures of this crate; a C program of crates/skf-soft/tests calls each
 * function through these declarations. Numbers in comments are clauses of the standard.
 */
#ifndef YINXIN_SKF_H
#define YINXIN_SKF_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(_WIN32) && !defined(_WIN64)
#define SKF_CALL __stdcall
#else
#define SKF_CALL
#endif

/* 6.5 */
typedef uint8_t BYTE;
typedef char CHAR;
typedef uint32_t ULONG;
typedef int32_t BOOL;
typedef void *HANDLE;
typedef HANDLE DEVHANDLE;
typedef HANDLE HAPPLICATION;
typedef HANDLE HCONTAINER;

#define SKF_TRUE 1
#define SKF_FALSE 0

/* 6.4 */
#pragma pack(push, 1)

typedef struct {
    BYTE major, minor;
} VERSION;

typedef struct {
    VERSION Version;
    CHAR Manufacturer[64], Issuer[64], Label[32], SerialNumber[32];
    VERSION HWVersion, FirmwareVersion;
    ULONG AlgSymCap, AlgAsymCap, AlgHashCap, DevAuthAlgId;
    ULONG TotalSpace, FreeSpace, MaxECCBufferSize, MaxBufferSize;
    BYTE Reserved[64];
} DEVINFO;

typedef struct {
    ULONG AlgID, BitLen;
    BYTE Modulus[256], PublicExponent[4];
} RSAPUBLICKEYBLOB;

typedef struct {
    ULONG AlgID, BitLen;
    BYTE Modulus[256], PublicExponent[4], PrivateExponent[256];
    BYTE Prime1[128], Prime2[128], Prime1Exponent[128], Prime2Exponent[128], Coefficient[128];
} RSAPRIVATEKEYBLOB;

typedef struct {
    ULONG BitLen;
    BYTE XCoordinate[64], YCoordinate[64];
} ECCPUBLICKEYBLOB;

typedef struct {
    ULONG BitLen;
    BYTE PrivateKey[64];
} ECCPRIVATEKEYBLOB;

/* Cipher has CipherLen octets. */
typedef struct {
    BYTE XCoordinate[64], YCoordinate[64], HASH[32];
    ULONG CipherLen;
    BYTE Cipher[1];
} ECCCIPHERBLOB;

typedef struct {
    BYTE r[64], s[64];
} ECCSIGNATUREBLOB;

typedef struct {
    BYTE IV[32];
    ULONG IVLen, PaddingType, FeedBitLen;
} BLOCKCIPHERPARAM;

typedef struct {
    ULONG Version, ulSymmAlgID, ulBits;
    BYTE cbEncryptedPriKey[64];
    ECCPUBLICKEYBLOB PubKey;
    ECCCIPHERBLOB ECCCipherBlob;
} ENVELOPEDKEYBLOB;

typedef struct {
    CHAR FileName[32];
    ULONG FileSize, ReadRights, WriteRights;
} FILEATTRIBUTE;

#pragma pack(pop)

/* Annex A, GM/T 0006 and the kinds of clause 6 */
#define SAR_OK 0u
#define SAR_FAIL 0x0A000001u
#define SAR_UNKNOWNERR 0x0A000002u
#define SAR_NOTSUPPORTYETERR 0x0A000003u
#define SAR_FILEERR 0x0A000004u
#define SAR_INVALIDHANDLEERR 0x0A000005u
#define SAR_INVALIDPARAMERR 0x0A000006u
#define SAR_READFILEERR 0x0A000007u
#define SAR_WRITEFILEERR 0x0A000008u
#define SAR_NAMELENERR 0x0A000009u
#define SAR_KEYUSAGEERR 0x0A00000Au
#define SAR_MODULUSLENERR 0x0A00000Bu
#define SAR_NOTINITIALIZEERR 0x0A00000Cu
#define SAR_OBJERR 0x0A00000Du
#define SAR_MEMORYERR 0x0A00000Eu
#define SAR_TIMEOUTERR 0x0A00000Fu
#define SAR_INDATALENERR 0x0A000010u
#define SAR_INDATAERR 0x0A000011u
#define SAR_GENRANDERR 0x0A000012u
#define SAR_HASHOBJERR 0x0A000013u
#define SAR_HASHERR 0x0A000014u
#define SAR_GENRSAKEYERR 0x0A000015u
#define SAR_RSAMODULUSLENERR 0x0A000016u
#define SAR_CSPIMPRTPUBKEYERR 0x0A000017u
#define SAR_RSAENCERR 0x0A000018u
#define SAR_RSADECERR 0x0A000019u
#define SAR_HASHNOTEQUALERR 0x0A00001Au
#define SAR_KEYNOTFOUNDERR 0x0A00001Bu
#define SAR_CERTNOTFOUNDERR 0x0A00001Cu
#define SAR_NOTEXPORTERR 0x0A00001Du
#define SAR_DECRYPTPADERR 0x0A00001Eu
#define SAR_MACLENERR 0x0A00001Fu
#define SAR_BUFFER_TOO_SMALL 0x0A000020u
#define SAR_KEYINFOTYPEERR 0x0A000021u
#define SAR_NOT_EVENTERR 0x0A000022u
#define SAR_DEVICE_REMOVED 0x0A000023u
#define SAR_PIN_INCORRECT 0x0A000024u
#define SAR_PIN_LOCKED 0x0A000025u
#define SAR_PIN_INVALID 0x0A000026u
#define SAR_PIN_LEN_RANGE 0x0A000027u
#define SAR_USER_ALREADY_LOGGED_IN 0x0A000028u
#define SAR_USER_PIN_NOT_INITIALIZED 0x0A000029u
#define SAR_USER_TYPE_INVALID 0x0A00002Au
#define SAR_APPLICATION_NAME_INVALID 0x0A00002Bu
#define SAR_APPLICATION_EXISTS 0x0A00002Cu
#define SAR_USER_NOT_LOGGED_IN 0x0A00002Du
#define SAR_APPLICATION_NOT_EXISTS 0x0A00002Eu
#define SAR_FILE_ALREADY_EXIST 0x0A00002Fu
#define SAR_NO_ROOM 0x0A000030u
#define SAR_FILE_NOT_EXIST 0x0A000031u
#define SAR_REACH_MAX_CONTAINER_COUNT 0x0A000032u
#define SAR_AUTH_BLOCKED 0x0A000033u
#define SAR_CONTAINER_NOT_EXISTS 0x0A000036u
#define SAR_CONTAINER_EXISTS 0x0A000037u
#define SAR_DEVICE_NOT_AUTHENTICATED 0x0A00003Bu
#define ADMIN_TYPE 0u
#define USER_TYPE 1u
#define SECURE_NEVER_ACCOUNT 0u
#define SECURE_ADM_ACCOUNT 0x01u
#define SECURE_ANYONE_ACCOUNT 0xFFu
#define SECURE_USER_ACCOUNT 0x10u
#define DEV_ABSENT_STATE 0u
#define DEV_PRESENT_STATE 1u
#define DEV_UNKNOWN_STATE 2u
#define DEV_EVENT_INSERTED 1u
#define DEV_EVENT_REMOVED 2u
#define CONTAINER_EMPTY 0u
#define CONTAINER_RSA 1u
#define CONTAINER_ECC 2u
#define SGD_SM1_ECB 0x00000101u
#define SGD_SM1_CBC 0x00000102u
#define SGD_SM1_CFB 0x00000104u
#define SGD_SM1_OFB 0x00000108u
#define SGD_SM1_MAC 0x00000110u
#define SGD_SSF33_ECB 0x00000201u
#define SGD_SSF33_CBC 0x00000202u
#define SGD_SSF33_CFB 0x00000204u
#define SGD_SSF33_OFB 0x00000208u
#define SGD_SSF33_MAC 0x00000210u
#define SGD_SM4_ECB 0x00000401u
#define SGD_SM4_CBC 0x00000402u
#define SGD_SM4_CFB 0x00000404u
#define SGD_SM4_OFB 0x00000408u
#define SGD_SM4_MAC 0x00000410u
#define SGD_RSA 0x00010000u
#define SGD_SM2_1 0x00020200u
#define SGD_SM2_2 0x00020400u
#define SGD_SM2_3 0x00020800u
#define SGD_SM3 0x00000001u
#define SGD_SHA1 0x00000002u
#define SGD_SHA256 0x00000004u
#define NO_PADDING 0u
#define PKCS5_PADDING 1u
#define SKF_INFINITE 0xFFFFFFFFu

/* 7.1 Device */
ULONG SKF_CALL SKF_WaitForDevEvent(CHAR *name, ULONG *size, ULONG *event);
ULONG SKF_CALL SKF_CancelWaitForDevEvent(void);
ULONG SKF_CALL SKF_EnumDev(BOOL present, CHAR *names, ULONG *size);
ULONG SKF_CALL SKF_ConnectDev(const CHAR *name, DEVHANDLE *device);
ULONG SKF_CALL SKF_DisConnectDev(DEVHANDLE device);
ULONG SKF_CALL SKF_GetDevState(const CHAR *name, ULONG *state);
ULONG SKF_CALL SKF_SetLabel(DEVHANDLE device, const CHAR *label);
ULONG SKF_CALL SKF_GetDevInfo(DEVHANDLE device, DEVINFO *info);
ULONG SKF_CALL SKF_LockDev(DEVHANDLE device, ULONG milliseconds);
ULONG SKF_CALL SKF_UnlockDev(DEVHANDLE device);
ULONG SKF_CALL SKF_Transmit(DEVHANDLE device, const BYTE *command, ULONG length, BYTE *answer, ULONG *size);

/* 7.2 Access control */
ULONG SKF_CALL SKF_ChangeDevAuthKey(DEVHANDLE device, const BYTE *key, ULONG length);
ULONG SKF_CALL SKF_DevAuth(DEVHANDLE device, const BYTE *answer, ULONG length);
ULONG SKF_CALL SKF_ChangePIN(HAPPLICATION application, ULONG kind, const CHAR *old_pin, const CHAR *new_pin,
                             ULONG *left);
/* The BOOL that it writes has four octets. */
ULONG SKF_CALL SKF_GetPINInfo(HAPPLICATION application, ULONG kind, ULONG *most, ULONG *left, BOOL *first_pin);
ULONG SKF_CALL SKF_VerifyPIN(HAPPLICATION application, ULONG kind, const CHAR *pin, ULONG *left);
ULONG SKF_CALL SKF_UnblockPIN(HAPPLICATION application, const CHAR *admin_pin, const CHAR *new_user_pin,
                              ULONG *left);
ULONG SKF_CALL SKF_ClearSecureState(HAPPLICATION application);

/* 7.3 Applications */
ULONG SKF_CALL SKF_CreateApplication(DEVHANDLE device, const CHAR *name, const CHAR *admin_pin, ULONG admin_tries,
                                     const CHAR *user_pin, ULONG user_tries, ULONG file_rights,
                                     HAPPLICATION *application);
ULONG SKF_CALL SKF_EnumApplication(DEVHANDLE device, CHAR *names, ULONG *size);
ULONG SKF_CALL SKF_DeleteApplication(DEVHANDLE device, const CHAR *name);
ULONG SKF_CALL SKF_OpenApplication(DEVHANDLE device, const CHAR *name, HAPPLICATION *application);
ULONG SKF_CALL SKF_CloseApplication(HAPPLICATION application);

/* 7.4 Files */
ULONG SKF_CALL SKF_CreateFile(HAPPLICATION application, const CHAR *name, ULONG size, ULONG read_rights,
                              ULONG write_rights);
ULONG SKF_CALL SKF_DeleteFile(HAPPLICATION application, const CHAR *name);
ULONG SKF_CALL SKF_EnumFiles(HAPPLICATION application, CHAR *names, ULONG *size);
ULONG SKF_CALL SKF_GetFileInfo(HAPPLICATION application, const CHAR *name, FILEATTRIBUTE *attributes);
ULONG SKF_CALL SKF_ReadFile(HAPPLICATION application, const CHAR *name, ULONG offset, ULONG length, BYTE *data,
                            ULONG *size);
ULONG SKF_CALL SKF_WriteFile(HAPPLICATION application, const CHAR *name, ULONG offset, const BYTE *data,
                             ULONG length);

/* 7.5 Containers */
ULONG SKF_CALL SKF_CreateContainer(HAPPLICATION application, const CHAR *name, HCONTAINER *container);
ULONG SKF_CALL SKF_DeleteContainer(HAPPLICATION application, const CHAR *name);
ULONG SKF_CALL SKF_OpenContainer(HAPPLICATION application, const CHAR *name, HCONTAINER *container);
ULONG SKF_CALL SKF_CloseContainer(HCONTAINER container);
ULONG SKF_CALL SKF_EnumContainer(HAPPLICATION application, CHAR *names, ULONG *size);
ULONG SKF_CALL SKF_GetContainerType(HCONTAINER container, ULONG *kind);
ULONG SKF_CALL SKF_ImportCertificate(HCONTAINER container, BOOL signing, const BYTE *der, ULONG length);
ULONG SKF_CALL SKF_ExportCertificate(HCONTAINER container, BOOL signing, BYTE *der, ULONG *size);

/* 7.6 Cryptography */
ULONG SKF_CALL SKF_GenRandom(DEVHANDLE device, BYTE *octets, ULONG length);
ULONG SKF_CALL SKF_GenExtRSAKey(DEVHANDLE device, ULONG bits, RSAPRIVATEKEYBLOB *key);
ULONG SKF_CALL SKF_GenRSAKeyPair(HCONTAINER container, ULONG bits, RSAPUBLICKEYBLOB *key);
ULONG SKF_CALL SKF_ImportRSAKeyPair(HCONTAINER container, ULONG algorithm, const BYTE *wrapped_key,
                                    ULONG wrapped_length, const BYTE *encrypted, ULONG encrypted_length);
ULONG SKF_CALL SKF_RSASignData(HCONTAINER container, const BYTE *data, ULONG length, BYTE *signature,
                               ULONG *size);
ULONG SKF_CALL SKF_RSAVerify(DEVHANDLE device, const RSAPUBLICKEYBLOB *key, const BYTE *data, ULONG length,
                             const BYTE *signature, ULONG signature_length);
ULONG SKF_CALL SKF_RSAExportSessionKey(HCONTAINER container, ULONG algorithm, const RSAPUBLICKEYBLOB *receiver,
                                       BYTE *wrapped, ULONG *size, HANDLE *key);
ULONG SKF_CALL SKF_ExtRSAPubKeyOperation(DEVHANDLE device, const RSAPUBLICKEYBLOB *key, const BYTE *input,
                                         ULONG length, BYTE *output, ULONG *size);
ULONG SKF_CALL SKF_ExtRSAPriKeyOperation(DEVHANDLE device, const RSAPRIVATEKEYBLOB *key, const BYTE *input,
                                         ULONG length, BYTE *output, ULONG *size);
ULONG SKF_CALL SKF_GenECCKeyPair(HCONTAINER container, ULONG algorithm, ECCPUBLICKEYBLOB *key);
ULONG SKF_CALL SKF_ImportECCKeyPair(HCONTAINER container, const ENVELOPEDKEYBLOB *envelope);
ULONG SKF_CALL SKF_ECCSignData(HCONTAINER container, const BYTE *digest, ULONG length,
                               ECCSIGNATUREBLOB *signature);
ULONG SKF_CALL SKF_ECCVerify(DEVHANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *digest, ULONG length,
                             const ECCSIGNATUREBLOB *signature);
ULONG SKF_CALL SKF_ECCExportSessionKey(HCONTAINER container, ULONG algorithm, const ECCPUBLICKEYBLOB *receiver,
                                       ECCCIPHERBLOB *wrapped, HANDLE *key);
ULONG SKF_CALL SKF_ExtECCEncrypt(DEVHANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *plain, ULONG length,
                                 ECCCIPHERBLOB *cipher);
ULONG SKF_CALL SKF_ExtECCDecrypt(DEVHANDLE device, const ECCPRIVATEKEYBLOB *key, const ECCCIPHERBLOB *cipher,
                                 BYTE *plain, ULONG *size);
ULONG SKF_CALL SKF_ExtECCSign(DEVHANDLE device, const ECCPRIVATEKEYBLOB *key, const BYTE *digest, ULONG length,
                              ECCSIGNATUREBLOB *signature);
ULONG SKF_CALL SKF_ExtECCVerify(DEVHANDLE device, const ECCPUBLICKEYBLOB *key, const BYTE *digest, ULONG length,
                                const ECCSIGNATUREBLOB *signature);
ULONG SKF_CALL SKF_GenerateAgreementDataWithECC(HCONTAINER container, ULONG algorithm, ECCPUBLICKEYBLOB *temporary,
                                                const BYTE *id, ULONG id_length, HANDLE *agreement);
ULONG SKF_CALL SKF_GenerateAgreementDataAndKeyWithECC(HCONTAINER container, ULONG algorithm,
                                                      const ECCPUBLICKEYBLOB *sponsor,
                                                      const ECCPUBLICKEYBLOB *sponsor_temporary,
                                                      ECCPUBLICKEYBLOB *temporary, const BYTE *id, ULONG id_length,
                                                      const BYTE *sponsor_id, ULONG sponsor_id_length, HANDLE *key);
ULONG SKF_CALL SKF_GenerateKeyWithECC(HANDLE agreement, const ECCPUBLICKEYBLOB *responder,
                                      const ECCPUBLICKEYBLOB *responder_temporary, const BYTE *responder_id,
                                      ULONG responder_id_length, HANDLE *key);
ULONG SKF_CALL SKF_ExportPublicKey(HCONTAINER container, BOOL signing, BYTE *blob, ULONG *size);
ULONG SKF_CALL SKF_ImportSessionKey(HCONTAINER container, ULONG algorithm, const BYTE *wrapped, ULONG length,
                                    HANDLE *key);
ULONG SKF_CALL SKF_SetSymmKey(DEVHANDLE device, const BYTE *octets, ULONG algorithm, HANDLE *key);
ULONG SKF_CALL SKF_EncryptInit(HANDLE key, BLOCKCIPHERPARAM parameters);
ULONG SKF_CALL SKF_Encrypt(HANDLE key, const BYTE *data, ULONG length, BYTE *encrypted, ULONG *size);
ULONG SKF_CALL SKF_EncryptUpdate(HANDLE key, const BYTE *data, ULONG length, BYTE *encrypted, ULONG *size);
ULONG SKF_CALL SKF_EncryptFinal(HANDLE key, BYTE *encrypted, ULONG *size);
ULONG SKF_CALL SKF_DecryptInit(HANDLE key, BLOCKCIPHERPARAM parameters);
ULONG SKF_CALL SKF_Decrypt(HANDLE key, const BYTE *encrypted, ULONG length, BYTE *data, ULONG *size);
ULONG SKF_CALL SKF_DecryptUpdate(HANDLE key, const BYTE *encrypted, ULONG length, BYTE *data, ULONG *size);
ULONG SKF_CALL SKF_DecryptFinal(HANDLE key, BYTE *data, ULONG *size);
ULONG SKF_CALL SKF_DigestInit(DEVHANDLE device, ULONG algorithm, const ECCPUBLICKEYBLOB *signer, const BYTE *id,
                              ULONG id_length, HANDLE *hash);
ULONG SKF_CALL SKF_Digest(HANDLE hash, const BYTE *data, ULONG length, BYTE *value, ULONG *size);
ULONG SKF_CALL SKF_DigestUpdate(HANDLE hash, const BYTE *data, ULONG length);
ULONG SKF_CALL SKF_DigestFinal(HANDLE hash, BYTE *value, ULONG *size);
ULONG SKF_CALL SKF_MacInit(HANDLE key, const BLOCKCIPHERPARAM *parameters, HANDLE *mac);
ULONG SKF_CALL SKF_Mac(HANDLE mac, const BYTE *data, ULONG length, BYTE *value, ULONG *size);
ULONG SKF_CALL SKF_MacUpdate(HANDLE mac, const BYTE *data, ULONG length);
ULONG SKF_CALL SKF_MacFinal(HANDLE mac, BYTE *value, ULONG *size);
ULONG SKF_CALL SKF_CloseHandle(HANDLE handle);

/* Not in the standard: decryption in the container, by two of the prototypes that makers use.
 * which_key: 1 the encryption key, 2 the signing key (refused: it signs and nothing else). */
ULONG SKF_CALL SKF_ECCDecrypt(HCONTAINER container, const ECCCIPHERBLOB *cipher, BYTE *plain, ULONG *size);
ULONG SKF_CALL SKF_PrvKeyDecrypt(HCONTAINER container, ULONG which_key, const ECCCIPHERBLOB *cipher, BYTE *plain,
                                 ULONG *size);

#ifdef __cplusplus
}
#endif

#endif
