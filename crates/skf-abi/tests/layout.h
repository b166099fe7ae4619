/* Structures of GM/T 0016-2012, clause 6.4, written from the standard's tables for one purpose:
 * to let a C compiler say how large they are and where their fields stand. */
#ifndef YINXIN_SKF_LAYOUT_H
#define YINXIN_SKF_LAYOUT_H

#include <stdint.h>

#pragma pack(push, 1)

struct version { uint8_t major, minor; };

struct dev_info {
    struct version version;
    char manufacturer[64], issuer[64], label[32], serial_number[32];
    struct version hardware_version, firmware_version;
    uint32_t alg_sym_cap, alg_asym_cap, alg_hash_cap, dev_auth_alg_id;
    uint32_t total_space, free_space, max_ecc_buffer_size, max_buffer_size;
    uint8_t reserved[64];
};

struct rsa_public_key_blob {
    uint32_t alg_id, bit_len;
    uint8_t modulus[256], public_exponent[4];
};

struct ecc_public_key_blob { uint32_t bit_len; uint8_t x[64], y[64]; };

struct ecc_signature_blob { uint8_t r[64], s[64]; };

struct ecc_cipher_blob {
    uint8_t x[64], y[64], hash[32];
    uint32_t cipher_len;
    uint8_t cipher[1];
};

struct block_cipher_param { uint8_t iv[32]; uint32_t iv_len, padding_type, feed_bit_len; };

#pragma pack(pop)

#endif
