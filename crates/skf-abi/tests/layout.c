/* Prints one line for each size and offset: name, space, octets. */
#include <stddef.h>
#include <stdio.h>
#include "skf.h"

#define SIZE(type) printf(#type " %zu\n", sizeof(type))
#define OFFSET(type, field) printf(#type "." #field " %zu\n", offsetof(type, field))

int main(void) {
    SIZE(VERSION);
    SIZE(DEVINFO);
    OFFSET(DEVINFO, Label);
    OFFSET(DEVINFO, SerialNumber);
    OFFSET(DEVINFO, DevAuthAlgId);
    OFFSET(DEVINFO, MaxBufferSize);
    SIZE(RSAPUBLICKEYBLOB);
    OFFSET(RSAPUBLICKEYBLOB, PublicExponent);
    SIZE(RSAPRIVATEKEYBLOB);
    OFFSET(RSAPRIVATEKEYBLOB, PrivateExponent);
    OFFSET(RSAPRIVATEKEYBLOB, Prime2);
    OFFSET(RSAPRIVATEKEYBLOB, Coefficient);
    SIZE(ECCPUBLICKEYBLOB);
    OFFSET(ECCPUBLICKEYBLOB, YCoordinate);
    SIZE(ECCPRIVATEKEYBLOB);
    OFFSET(ECCPRIVATEKEYBLOB, PrivateKey);
    SIZE(ECCSIGNATUREBLOB);
    OFFSET(ECCSIGNATUREBLOB, s);
    OFFSET(ECCCIPHERBLOB, HASH);
    OFFSET(ECCCIPHERBLOB, CipherLen);
    OFFSET(ECCCIPHERBLOB, Cipher);
    OFFSET(ENVELOPEDKEYBLOB, cbEncryptedPriKey);
    OFFSET(ENVELOPEDKEYBLOB, PubKey);
    OFFSET(ENVELOPEDKEYBLOB, ECCCipherBlob);
    OFFSET(ENVELOPEDKEYBLOB, ECCCipherBlob.Cipher);
    SIZE(BLOCKCIPHERPARAM);
    OFFSET(BLOCKCIPHERPARAM, FeedBitLen);
    SIZE(FILEATTRIBUTE);
    OFFSET(FILEATTRIBUTE, FileSize);
    OFFSET(FILEATTRIBUTE, WriteRights);
    return 0;
}
