/* Prints one line for each size and offset: name, space, bytes. */
#include <stddef.h>
#include <stdio.h>
#include "layout.h"

#define SIZE(type) printf(#type " %zu\n", sizeof(struct type))
#define OFFSET(type, field) printf(#type "." #field " %zu\n", offsetof(struct type, field))

int main(void) {
    SIZE(version);
    SIZE(dev_info);
    OFFSET(dev_info, label);
    OFFSET(dev_info, serial_number);
    OFFSET(dev_info, dev_auth_alg_id);
    OFFSET(dev_info, max_buffer_size);
    SIZE(rsa_public_key_blob);
    OFFSET(rsa_public_key_blob, public_exponent);
    SIZE(ecc_public_key_blob);
    OFFSET(ecc_public_key_blob, y);
    SIZE(ecc_signature_blob);
    OFFSET(ecc_signature_blob, s);
    OFFSET(ecc_cipher_blob, cipher_len);
    OFFSET(ecc_cipher_blob, cipher);
    SIZE(block_cipher_param);
    OFFSET(block_cipher_param, feed_bit_len);
    return 0;
}
