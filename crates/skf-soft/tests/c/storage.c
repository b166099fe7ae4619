/* Clauses 7.4 and 7.5: files, containers, certificates. */
#include "check.h"

void files(DEVHANDLE device) {
    HAPPLICATION application;
    FILEATTRIBUTE attributes;
    BYTE data[64];
    CHAR names[64];
    ULONG size, left;

    OK(SKF_OpenApplication, device, "app", &application);
    GIVES(SAR_USER_NOT_LOGGED_IN, SKF_CreateFile, application, "notes", 32, SECURE_USER_ACCOUNT, SECURE_USER_ACCOUNT);
    OK(SKF_VerifyPIN, application, USER_TYPE, USER_PIN, &left);
    OK(SKF_CreateFile, application, "notes", 32, SECURE_USER_ACCOUNT, SECURE_ADM_ACCOUNT);
    OK(SKF_CreateFile, application, "open", 8, SECURE_ANYONE_ACCOUNT, SECURE_NEVER_ACCOUNT);
    GIVES(SAR_FILE_ALREADY_EXIST, SKF_CreateFile, application, "open", 8, SECURE_ANYONE_ACCOUNT,
          SECURE_ANYONE_ACCOUNT);
    GIVES(SAR_NO_ROOM, SKF_CreateFile, application, "huge", 1u << 30, SECURE_ANYONE_ACCOUNT, SECURE_ANYONE_ACCOUNT);
    GIVES(SAR_INVALIDPARAMERR, SKF_CreateFile, application, "odd", 8, 0x40, SECURE_ANYONE_ACCOUNT);
    GIVES(SAR_NAMELENERR, SKF_CreateFile, application, "a name of thirty-three octets....", 8, SECURE_ANYONE_ACCOUNT,
          SECURE_ANYONE_ACCOUNT);

    /* The administrator writes what the user reads; nobody else does. */
    GIVES(SAR_USER_NOT_LOGGED_IN, SKF_WriteFile, application, "notes", 4, (const BYTE *)"kept", 4);
    OK(SKF_VerifyPIN, application, ADMIN_TYPE, ADMIN_PIN, &left);
    OK(SKF_WriteFile, application, "notes", 4, (const BYTE *)"kept", 4);
    GIVES(SAR_INDATALENERR, SKF_WriteFile, application, "notes", 30, (const BYTE *)"kept", 4);
    GIVES(SAR_FAIL, SKF_WriteFile, application, "open", 0, (const BYTE *)"kept", 4);
    OK(SKF_ReadFile, application, "notes", 2, 8, NULL, &size);
    HOLDS(size == 8);
    size = 7;
    GIVES(SAR_BUFFER_TOO_SMALL, SKF_ReadFile, application, "notes", 2, 8, data, &size);
    OK(SKF_ReadFile, application, "notes", 2, 8, data, &size);
    HOLDS(memcmp(data, "\0\0kept\0", 8) == 0);
    /* At the end there is less than was asked for. */
    size = sizeof data;
    OK(SKF_ReadFile, application, "notes", 30, 8, data, &size);
    HOLDS(size == 2);
    GIVES(SAR_INVALIDPARAMERR, SKF_ReadFile, application, "notes", 33, 1, data, &size);

    OK(SKF_ClearSecureState, application);
    size = sizeof data;
    GIVES(SAR_USER_NOT_LOGGED_IN, SKF_ReadFile, application, "notes", 0, 8, data, &size);
    OK(SKF_ReadFile, application, "open", 0, 8, data, &size);
    OK(SKF_GetFileInfo, application, "notes", &attributes);
    HOLDS(strcmp(attributes.FileName, "notes") == 0 && attributes.FileSize == 32);
    HOLDS(attributes.ReadRights == SECURE_USER_ACCOUNT && attributes.WriteRights == SECURE_ADM_ACCOUNT);
    size = sizeof names;
    OK(SKF_EnumFiles, application, names, &size);
    HOLDS(size == 12 && memcmp(names, "notes\0open\0", 12) == 0);
    GIVES(SAR_USER_NOT_LOGGED_IN, SKF_DeleteFile, application, "open");
    OK(SKF_VerifyPIN, application, USER_TYPE, USER_PIN, &left);
    OK(SKF_DeleteFile, application, "open");
    GIVES(SAR_FILE_NOT_EXIST, SKF_GetFileInfo, application, "open", &attributes);
    OK(SKF_CloseApplication, application);
}

void containers(HAPPLICATION application) {
    HCONTAINER container;
    ECCPUBLICKEYBLOB key;
    CHAR names[32];
    BYTE certificate[8];
    ULONG size = sizeof names, kind;

    OK(SKF_CreateContainer, application, "c", &container);
    GIVES(SAR_CONTAINER_EXISTS, SKF_CreateContainer, application, "c", &container);
    OK(SKF_EnumContainer, application, names, &size);
    HOLDS(size == 3 && memcmp(names, "c\0", 3) == 0);
    OK(SKF_GetContainerType, container, &kind);
    HOLDS(kind == CONTAINER_EMPTY);
    GIVES(SAR_KEYNOTFOUNDERR, SKF_ImportCertificate, container, SKF_TRUE, (const BYTE *)"DER", 3);
    GIVES(SAR_NOTSUPPORTYETERR, SKF_GenECCKeyPair, container, SGD_SM2_3, &key);
    OK(SKF_GenECCKeyPair, container, SGD_SM2_1, &key);
    OK(SKF_GetContainerType, container, &kind);
    HOLDS(kind == CONTAINER_ECC);
    OK(SKF_ImportCertificate, container, SKF_TRUE, (const BYTE *)"DER", 3);
    OK(SKF_ExportCertificate, container, SKF_TRUE, NULL, &size);
    HOLDS(size == 3);
    OK(SKF_ExportCertificate, container, SKF_TRUE, certificate, &size);
    HOLDS(memcmp(certificate, "DER", 3) == 0);
    GIVES(SAR_CERTNOTFOUNDERR, SKF_ExportCertificate, container, SKF_FALSE, NULL, &size);
    OK(SKF_CloseContainer, container);
    OK(SKF_OpenContainer, application, "c", &container);
    OK(SKF_CloseContainer, container);
    OK(SKF_DeleteContainer, application, "c");
    GIVES(SAR_CONTAINER_NOT_EXISTS, SKF_OpenContainer, application, "c", &container);
}
