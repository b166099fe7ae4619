//! Object identifiers, each with the document that assigns it.

use crate::Oid;

const fn oid(dotted: &str) -> Oid {
    Oid::new_unwrap(dotted)
}

// Hashes: GM/T 0006, NIST.
/// SM3 (GM/T 0006).
pub const SM3: Oid = oid("1.2.156.10197.1.401");
/// SHA-256.
pub const SHA_256: Oid = oid("2.16.840.1.101.3.4.2.1");
/// SHA-1, for identifiers alone (OCSP's CertID, older signing-certificate attributes).
pub const SHA_1: Oid = oid("1.3.14.3.2.26");
/// SHA-384.
pub const SHA_384: Oid = oid("2.16.840.1.101.3.4.2.2");
/// SHA-512.
pub const SHA_512: Oid = oid("2.16.840.1.101.3.4.2.3");

// Keys: RFC 3279, RFC 5480, GM/T 0006.
/// rsaEncryption.
pub const RSA_ENCRYPTION: Oid = oid("1.2.840.113549.1.1.1");
/// id-ecPublicKey.
pub const EC_PUBLIC_KEY: Oid = oid("1.2.840.10045.2.1");
/// The curve P-256 (prime256v1).
pub const CURVE_P256: Oid = oid("1.2.840.10045.3.1.7");
/// The curve P-384 (secp384r1).
pub const CURVE_P384: Oid = oid("1.3.132.0.34");
/// The curve SM2 (sm2p256v1).
pub const CURVE_SM2: Oid = oid("1.2.156.10197.1.301");

// Signatures: RFC 8017, RFC 5758, GM/T 0006, GM/T 0010.
/// sha256WithRSAEncryption.
pub const RSA_SHA256: Oid = oid("1.2.840.113549.1.1.11");
/// sha384WithRSAEncryption.
pub const RSA_SHA384: Oid = oid("1.2.840.113549.1.1.12");
/// sha512WithRSAEncryption.
pub const RSA_SHA512: Oid = oid("1.2.840.113549.1.1.13");
/// ecdsa-with-SHA256.
pub const ECDSA_SHA256: Oid = oid("1.2.840.10045.4.3.2");
/// ecdsa-with-SHA384.
pub const ECDSA_SHA384: Oid = oid("1.2.840.10045.4.3.3");
/// SM2 signature with SM3 (GM/T 0006).
pub const SM2_SM3: Oid = oid("1.2.156.10197.1.501");
/// SM2 signature algorithm, as GM/T 0010's SignerInfo names it.
pub const SM2_SIGN: Oid = oid("1.2.156.10197.1.301.1");

// CMS content types: RFC 5652 and GM/T 0010.
/// id-data.
pub const DATA: Oid = oid("1.2.840.113549.1.7.1");
/// id-signedData.
pub const SIGNED_DATA: Oid = oid("1.2.840.113549.1.7.2");
/// GM/T 0010 data.
pub const GM_DATA: Oid = oid("1.2.156.10197.6.1.4.2.1");
/// GM/T 0010 signedData.
pub const GM_SIGNED_DATA: Oid = oid("1.2.156.10197.6.1.4.2.2");

// CMS attributes: RFC 5652 §11, RFC 5035.
/// contentType.
pub const CONTENT_TYPE: Oid = oid("1.2.840.113549.1.9.3");
/// messageDigest.
pub const MESSAGE_DIGEST: Oid = oid("1.2.840.113549.1.9.4");
/// signingTime.
pub const SIGNING_TIME: Oid = oid("1.2.840.113549.1.9.5");
/// id-aa-signingCertificateV2 (RFC 5035).
pub const SIGNING_CERTIFICATE_V2: Oid = oid("1.2.840.113549.1.9.16.2.47");
/// id-aa-CMSAlgorithmProtection (RFC 6211).
pub const ALGORITHM_PROTECTION: Oid = oid("1.2.840.113549.1.9.52");
/// The project's own: what the signer was shown, as DER of `YinxinSealIntent`.
pub const YINXIN_SEAL_INTENT: Oid = oid("2.25.1448040822.1");
/// The project's own: the key number in demo certificates, a UTF8String.
pub const YINXIN_KEY_NUMBER: Oid = oid("2.25.1448040822.2");

// Certificate and CRL extensions: RFC 5280 §4.2, §5.2, §5.3.
/// subjectKeyIdentifier.
pub const SUBJECT_KEY_IDENTIFIER: Oid = oid("2.5.29.14");
/// keyUsage.
pub const KEY_USAGE: Oid = oid("2.5.29.15");
/// subjectAltName.
pub const SUBJECT_ALT_NAME: Oid = oid("2.5.29.17");
/// issuerAltName.
pub const ISSUER_ALT_NAME: Oid = oid("2.5.29.18");
/// basicConstraints.
pub const BASIC_CONSTRAINTS: Oid = oid("2.5.29.19");
/// cRLNumber.
pub const CRL_NUMBER: Oid = oid("2.5.29.20");
/// reasonCode (CRL entry).
pub const REASON_CODE: Oid = oid("2.5.29.21");
/// invalidityDate (CRL entry).
pub const INVALIDITY_DATE: Oid = oid("2.5.29.24");
/// deltaCRLIndicator.
pub const DELTA_CRL_INDICATOR: Oid = oid("2.5.29.27");
/// issuingDistributionPoint.
pub const ISSUING_DISTRIBUTION_POINT: Oid = oid("2.5.29.28");
/// certificateIssuer (CRL entry of an indirect list).
pub const CERTIFICATE_ISSUER: Oid = oid("2.5.29.29");
/// nameConstraints.
pub const NAME_CONSTRAINTS: Oid = oid("2.5.29.30");
/// cRLDistributionPoints.
pub const CRL_DISTRIBUTION_POINTS: Oid = oid("2.5.29.31");
/// certificatePolicies.
pub const CERTIFICATE_POLICIES: Oid = oid("2.5.29.32");
/// anyPolicy.
pub const ANY_POLICY: Oid = oid("2.5.29.32.0");
/// policyMappings.
pub const POLICY_MAPPINGS: Oid = oid("2.5.29.33");
/// authorityKeyIdentifier.
pub const AUTHORITY_KEY_IDENTIFIER: Oid = oid("2.5.29.35");
/// policyConstraints.
pub const POLICY_CONSTRAINTS: Oid = oid("2.5.29.36");
/// extKeyUsage.
pub const EXTENDED_KEY_USAGE: Oid = oid("2.5.29.37");
/// freshestCRL.
pub const FRESHEST_CRL: Oid = oid("2.5.29.46");
/// inhibitAnyPolicy.
pub const INHIBIT_ANY_POLICY: Oid = oid("2.5.29.54");
/// authorityInfoAccess.
pub const AUTHORITY_INFO_ACCESS: Oid = oid("1.3.6.1.5.5.7.1.1");
/// id-ad-ocsp.
pub const AD_OCSP: Oid = oid("1.3.6.1.5.5.7.48.1");
/// id-ad-caIssuers.
pub const AD_CA_ISSUERS: Oid = oid("1.3.6.1.5.5.7.48.2");

// OCSP: RFC 6960.
/// id-pkix-ocsp-basic.
pub const OCSP_BASIC: Oid = oid("1.3.6.1.5.5.7.48.1.1");
/// id-pkix-ocsp-nonce.
pub const OCSP_NONCE: Oid = oid("1.3.6.1.5.5.7.48.1.2");
/// id-pkix-ocsp-response.
pub const OCSP_RESPONSE_TYPES: Oid = oid("1.3.6.1.5.5.7.48.1.4");
/// id-pkix-ocsp-nocheck.
pub const OCSP_NOCHECK: Oid = oid("1.3.6.1.5.5.7.48.1.5");
/// id-pkix-ocsp-pref-sig-algs.
pub const OCSP_PREFERRED_ALGORITHMS: Oid = oid("1.3.6.1.5.5.7.48.1.8");
/// id-ri-ocsp-response (RFC 5940 §2.1).
pub const OCSP_RESPONSE_IN_CMS: Oid = oid("1.3.6.1.5.5.7.16.2");
/// adbe-revocationInfoArchival (ISO 32000-2 §12.8.3.3.2).
pub const ADOBE_REVOCATION_ARCHIVAL: Oid = oid("1.2.840.113583.1.1.8");

// Time stamps: RFC 3161, RFC 2634.
/// id-ct-TSTInfo.
pub const TST_INFO: Oid = oid("1.2.840.113549.1.9.16.1.4");
/// id-aa-signingCertificate, with SHA-1 (RFC 2634 §5.4).
pub const SIGNING_CERTIFICATE: Oid = oid("1.2.840.113549.1.9.16.2.12");
/// id-aa-timeStampToken: a time stamp over a signature value (RFC 3161 appendix A).
pub const TIME_STAMP_TOKEN: Oid = oid("1.2.840.113549.1.9.16.2.14");
/// The project's own: the policy under which the demo's time stamps are made.
pub const YINXIN_DEMO_TIME_STAMP_POLICY: Oid = oid("2.25.1448040822.3161.1");

// Extended key usages.
/// anyExtendedKeyUsage.
pub const ANY_EXTENDED_KEY_USAGE: Oid = oid("2.5.29.37.0");
/// id-kp-clientAuth.
pub const CLIENT_AUTH: Oid = oid("1.3.6.1.5.5.7.3.2");
/// id-kp-emailProtection.
pub const EMAIL_PROTECTION: Oid = oid("1.3.6.1.5.5.7.3.4");
/// id-kp-timeStamping.
pub const TIME_STAMPING: Oid = oid("1.3.6.1.5.5.7.3.8");
/// id-kp-OCSPSigning.
pub const OCSP_SIGNING: Oid = oid("1.3.6.1.5.5.7.3.9");
/// id-kp-documentSigning (RFC 9336).
pub const DOCUMENT_SIGNING: Oid = oid("1.3.6.1.5.5.7.3.36");

// Identity in GM/T 0015 and in older RSA certificates.
/// Organisation code, also used for the unified social credit code (GM/T 0015).
pub const GM_ORGANISATION_CODE: Oid = oid("1.2.156.10260.4.1.4");
/// Organisation code in RSA certificates of several Chinese CAs.
pub const RSA_ORGANISATION_CODE: Oid = oid("1.2.86.11.7.3");

// Name attributes: X.520, RFC 4519.
/// commonName.
pub const COMMON_NAME: Oid = oid("2.5.4.3");
/// surname.
pub const SURNAME: Oid = oid("2.5.4.4");
/// serialNumber (of a name, not of a certificate).
pub const NAME_SERIAL_NUMBER: Oid = oid("2.5.4.5");
/// countryName.
pub const COUNTRY: Oid = oid("2.5.4.6");
/// localityName.
pub const LOCALITY: Oid = oid("2.5.4.7");
/// stateOrProvinceName.
pub const STATE: Oid = oid("2.5.4.8");
/// streetAddress.
pub const STREET: Oid = oid("2.5.4.9");
/// organizationName.
pub const ORGANIZATION: Oid = oid("2.5.4.10");
/// organizationalUnitName.
pub const ORGANIZATIONAL_UNIT: Oid = oid("2.5.4.11");
/// givenName.
pub const GIVEN_NAME: Oid = oid("2.5.4.42");
/// userId.
pub const USER_ID: Oid = oid("0.9.2342.19200300.100.1.1");
/// domainComponent.
pub const DOMAIN_COMPONENT: Oid = oid("0.9.2342.19200300.100.1.25");
/// emailAddress (PKCS#9).
pub const EMAIL_ADDRESS: Oid = oid("1.2.840.113549.1.9.1");
/// extensionRequest (PKCS#9).
pub const EXTENSION_REQUEST: Oid = oid("1.2.840.113549.1.9.14");
