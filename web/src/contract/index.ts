// Generated from the crate `contract`; its test says how to regenerate. Do not edit.
/* eslint-disable */

export type Text = {
/**
 * Chinese.
 */
zh: string,
/**
 * English.
 */
en: string, };

export type ErrorCode = "pin_wrong" | "last_try" | "pin_locked" | "pin_length" | "pin_rule" | "admin_pin_locked" | "no_token" | "token_removed" | "token_busy" | "token_timeout" | "token_failed" | "no_certificate" | "no_signing_certificate" | "driver_missing" | "no_blank_token" | "not_blank" | "production_mismatch" | "certificate_mismatch" | "read_back_failed" | "write_unsupported" | "write_refused" | "write_expired" | "device_mismatch" | "authority_invalid" | "pin_not_locked" | "agent_absent" | "popup_blocked" | "pin_window_failed" | "cancelled" | "origin_refused" | "consent_required" | "capability_refused" | "key_file_refused" | "request_malformed" | "file_mismatch" | "revision_refused" | "certificate_expired" | "certificate_not_yet_valid" | "certificate_revoked" | "revocation_undetermined" | "path_invalid" | "key_usage_refused" | "statement_invalid" | "token_malformed" | "provider_unknown" | "provider_may_not_bind" | "provider_may_not_log_in" | "provider_may_not_seal" | "product_refused" | "identity_unreadable" | "not_bound" | "bound_elsewhere" | "already_bound" | "organisation_mismatch" | "nonce_used" | "challenge_expired" | "challenge_invalid" | "proof_expired" | "not_logged_in" | "password_wrong" | "password_weak" | "uscc_invalid" | "account_exists" | "organisation_exists" | "unbind_needs_key" | "one_certificate" | "holder_changed" | "ca_login_disabled" | "ca_login_required" | "login_way_closed" | "region_closed" | "region_unknown" | "account_locked" | "last_administrator" | "changed_elsewhere" | "request_state" | "request_open" | "evidence_missing" | "name_taken" | "department_depth" | "department_not_empty" | "forced_needs_proof" | "same_person" | "class_conflict" | "second_factor_required" | "second_factor_wrong" | "too_large" | "not_pdf" | "pdf_refused" | "page_out_of_range" | "keyword_not_found" | "document_state" | "ticket_state" | "sealing_expired" | "seal_mismatch" | "seal_state" | "seal_needs_approval" | "application_state" | "application_version" | "duty_conflict" | "key_not_active" | "key_busy" | "renewal_closed" | "code_wrong" | "amount_mismatch" | "font_missing" | "not_found" | "forbidden" | "invalid" | "rate_limited" | "busy" | "internal";

export type Problem = {
/**
 * `urn:yinxin:problem:` and the code; an identifier, not an address.
 */
type: string,
/**
 * The message in English, short.
 */
title: string,
/**
 * The HTTP status.
 */
status: number,
/**
 * The stable code.
 */
code: ErrorCode,
/**
 * What happened.
 */
detail: Text,
/**
 * What to do next.
 */
remedy: Text, };

export type Purpose = "login" | "bind" | "unbind" | "renew" | "receive";

export type SignedStatement = {
/**
 * Version of the token, 1; compared exactly.
 */
version: number,
/**
 * The signer's certificate, DER in base64.
 */
certificate: string,
/**
 * The signature over the statement: SM2 and ECDSA in strict DER, RSA PKCS#1 v1.5; base64.
 */
signature: string, };

export type LoginIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name in the language of its users.
 */
platform_name: string, };

export type CheckIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string, };

export type DiagnoseIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string, };

export type BindIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The organisation's name.
 */
organisation: string,
/**
 * The account's login name.
 */
account: string,
/**
 * The person's name.
 */
person: string, };

export type UnbindIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The organisation's name.
 */
organisation: string,
/**
 * The account's login name.
 */
account: string,
/**
 * The person's name.
 */
person: string,
/**
 * The number of the key that is released.
 */
key_number: string, };

export type DigestName = "sm3" | "sha256";

export type DocumentDigest = {
/**
 * `sm3` or `sha256`.
 */
algorithm: DigestName,
/**
 * Lower-case hex, 64 characters.
 */
value_hex: string, };

export type SealName = {
/**
 * The platform's id of the seal.
 */
id: string,
/**
 * Its name, such as 演示公司公章.
 */
name: string, };

export type SealIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The organisation whose seal it is.
 */
organisation: string,
/**
 * The document's name.
 */
document: string,
/**
 * Digest of the document before this seal.
 */
document_digest: DocumentDigest,
/**
 * Pages that the seal is put on, from 1, ascending.
 */
pages: Array<number>,
/**
 * The seal.
 */
seal: SealName,
/**
 * Further seals that the same signature puts on; absent where there is one seal only.
 */
further_seals?: Array<SealName>,
/**
 * How often the seals stand on the pages in all; absent where each stands once on one page.
 */
places?: number,
/**
 * The last seal: nothing may be put on the document after it. Absent where it is not.
 */
last?: boolean, };

export type CertificateType = "organisation" | "business" | "legal_representative" | "handler";

export type ProduceIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The provider's id in the catalogue.
 */
provider: string,
/**
 * The provider's name.
 */
provider_name: string,
/**
 * The application's number (受理编号).
 */
application: string,
/**
 * The organisation.
 */
organisation: string,
/**
 * The holder's name.
 */
holder: string,
/**
 * What the certificate is for.
 */
certificate_type: CertificateType,
/**
 * The number that the key gets (CA 编号).
 */
key_number: string,
/**
 * The production's id: ASCII letters, digits and hyphens.
 */
production: string, };

export type RenewIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The organisation.
 */
organisation: string,
/**
 * The holder's name.
 */
holder: string,
/**
 * The key's number.
 */
key_number: string,
/**
 * The application's number (受理编号).
 */
application: string,
/**
 * Validity of the new certificates in years.
 */
years: number,
/**
 * The production's id: ASCII letters, digits and hyphens.
 */
production: string, };

export type UnlockIntent = {
/**
 * Version, 1.
 */
v: number,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string,
/**
 * The organisation.
 */
organisation: string,
/**
 * The holder's name.
 */
holder: string,
/**
 * The key's number.
 */
key_number: string,
/**
 * The application's number (受理编号).
 */
application: string,
/**
 * The serial number of the device that the approval is for.
 */
device_serial: string, };

export type Intent = { "purpose": "login" } & LoginIntent | { "purpose": "bind" } & BindIntent | { "purpose": "unbind" } & UnbindIntent | { "purpose": "seal" } & SealIntent | { "purpose": "check" } & CheckIntent | { "purpose": "diagnose" } & DiagnoseIntent | { "purpose": "produce" } & ProduceIntent | { "purpose": "renew" } & RenewIntent | { "purpose": "unlock" } & UnlockIntent;

export type KeyFamilyName = "sm2" | "rsa" | "p256";

export type Grade = "picked" | "previewed" | "remote";

export type StatementRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * What it is for; the same as in the intent.
 */
purpose: Purpose,
/**
 * The server's nonce.
 */
nonce: string,
/**
 * The server's exact intent.
 */
intent: string, };

export type SealPurpose = "seal";

export type OfdVariant = {
/**
 * Signature.xml, base64.
 */
signature_xml: string,
/**
 * Its path in the package, with a leading slash.
 */
signature_path: string,
/**
 * The seal, DER of an SESeal, base64.
 */
seal: string,
/**
 * The ranges of the original that stay in front of the tail, in order: begin and end in bytes.
 */
kept: Array<[number, number]>, };

export type SealVariant = {
/**
 * The family that it is for.
 */
family: KeyFamilyName,
/**
 * The PDF SubFilter: `adbe.pkcs7.detached` (SM2) or `ETSI.CAdES.detached`; `OFD` for an OFD.
 */
sub_filter: string,
/**
 * Hash over the ByteRange, or over Signature.xml.
 */
hash: DigestName,
/**
 * Digest over the ByteRange, or over Signature.xml, base64.
 */
digest: string,
/**
 * The appended bytes with zeros as Contents, base64.
 */
tail: string,
/**
 * Length of the original in bytes.
 */
original_length: number,
/**
 * What an OFD is signed with; absent for a PDF.
 */
ofd?: OfdVariant, };

export type SealRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `seal`.
 */
purpose: SealPurpose,
/**
 * The server's exact intent.
 */
intent: string,
/**
 * One prepared revision for each family of keys that the account may seal with.
 */
variants: Array<SealVariant>, };

export type CheckPurpose = "check";

export type CheckRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `check`.
 */
purpose: CheckPurpose,
/**
 * The exact intent.
 */
intent: string, };

export type DiagnosePurpose = "diagnose";

export type DiagnoseRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `diagnose`.
 */
purpose: DiagnosePurpose,
/**
 * The exact intent.
 */
intent: string, };

export type ReportedFinding = {
/**
 * The check's stable code.
 */
code: string,
/**
 * `good`, `warning`, `unknown` or `failed`.
 */
outcome: string,
/**
 * Where in the chain.
 */
link: string,
/**
 * What it means.
 */
summary: Text,
/**
 * What was seen, a line each, redacted.
 */
evidence: Array<string>,
/**
 * The case of the catalogue, by name.
 */
case: string | null,
/**
 * What a program can do about it here.
 */
actions: Array<string>, };

export type DiagnosisReport = {
/**
 * The agent's version.
 */
agent_version: string,
/**
 * The operating system, such as `linux x86_64`.
 */
system: string,
/**
 * How long all checks took, in milliseconds.
 */
millis: number,
/**
 * What each check says, in the order of the chain.
 */
findings: Array<ReportedFinding>, };

export type Diagnosed = {
/**
 * What was found.
 */
report: DiagnosisReport,
/**
 * DER in base64; `null` where the user showed none.
 */
certificate: string | null, };

export type PinAlphabet = "digits" | "alphanumeric" | "printable";

export type PinRule = {
/**
 * Fewest characters, 6 at least.
 */
min_length: number,
/**
 * Most characters, 16 at most.
 */
max_length: number,
/**
 * Which characters.
 */
alphabet: PinAlphabet, };

export type ProducePurpose = "produce";

export type ProduceRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `produce`.
 */
purpose: ProducePurpose,
/**
 * The server's exact intent.
 */
intent: string,
/**
 * The installation's escrow key, 65 octets (an uncompressed point on P-256): the administrator PIN is
 * sealed to it ([`crate::escrow`]).
 */
escrow_key: string,
/**
 * The provider's rule for PINs.
 */
pin: PinRule, };

export type RenewPurpose = "renew";

export type RenewRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `renew`.
 */
purpose: RenewPurpose,
/**
 * The server's nonce, for the statement that the old key signs.
 */
nonce: string,
/**
 * The server's exact intent.
 */
intent: string, };

export type UnlockPurpose = "unlock";

export type UnlockRequest = {
/**
 * Version, 1.
 */
version: number,
/**
 * Always `unlock`.
 */
purpose: UnlockPurpose,
/**
 * The server's exact intent.
 */
intent: string, };

export type AgentRequest = SealRequest | CheckRequest | DiagnoseRequest | ProduceRequest | RenewRequest | UnlockRequest | StatementRequest;

export type PreparedType = "prepared";

export type ProducePrepared = {
/**
 * Always `prepared`.
 */
type: PreparedType,
/**
 * PKCS#10 of the signing key, DER; its subject's CN is the key number.
 */
request: string,
/**
 * The device's serial number.
 */
device_serial: string,
/**
 * The administrator PIN, sealed to the escrow key. Absent where this production went on after it had been
 * interrupted: then the PIN was sealed the first time.
 */
escrow: string | null,
/**
 * The device's label.
 */
label: string, };

export type RenewPrepared = {
/**
 * Always `prepared`.
 */
type: PreparedType,
/**
 * The statement with purpose `renew`, signed by the old key.
 */
token: SignedStatement,
/**
 * PKCS#10 of the new signing key, DER.
 */
request: string,
/**
 * The device's serial number.
 */
device_serial: string, };

export type UnlockKeyType = "unlock_key";

export type UnlockKey = {
/**
 * Always `unlock_key`.
 */
type: UnlockKeyType,
/**
 * An HPKE public key that lives as long as the window, 65 octets.
 */
public_key: string,
/**
 * The serial number of the plugged device.
 */
device_serial: string, };

export type AgentInterim = ProducePrepared | RenewPrepared | UnlockKey;

export type EnvelopeCipher = "sm4_ecb";

export type Sm2CiphertextJson = {
/**
 * Affine x of C1, 32 octets.
 */
x: string,
/**
 * Affine y of C1, 32 octets.
 */
y: string,
/**
 * C3, the SM3 digest, 32 octets.
 */
hash: string,
/**
 * C2, as long as the plaintext.
 */
cipher: string, };

export type EnvelopedKeyJson = {
/**
 * The cipher of the private key.
 */
algorithm: EnvelopeCipher,
/**
 * The private key under the symmetric key, 32 octets.
 */
encrypted_private_key: string,
/**
 * Affine x of the public key, 32 octets.
 */
public_x: string,
/**
 * Affine y of the public key, 32 octets.
 */
public_y: string,
/**
 * The symmetric key, 16 octets, encrypted to the signing key.
 */
symmetric_key: Sm2CiphertextJson, };

export type WriteCertificates = {
/**
 * The signing certificate, DER.
 */
signing: string,
/**
 * The encryption certificate, DER; with it comes its envelope.
 */
encryption: string | null,
/**
 * The encryption key pair, for this signing key alone.
 */
envelope: EnvelopedKeyJson | null,
/**
 * The issuers, the nearest first, DER.
 */
chain: Array<string>, };

export type UnlockAuthority = {
/**
 * The approved order.
 */
order: string,
/**
 * See [`crate::escrow`].
 */
sealed: string, };

export type Abort = {
/**
 * The reason.
 */
code: ErrorCode, };

export type PageMessage = { "certificates": WriteCertificates } | { "authority": UnlockAuthority } | { "abort": Abort };

export type AgentResponse = { "type": "statement",
/**
 * For the server as it stands.
 */
token: SignedStatement, } | { "type": "seal",
/**
 * DER in base64.
 */
cms: string,
/**
 * What the agent checked of the document.
 */
grade: Grade, } | { "type": "certificate",
/**
 * DER in base64.
 */
certificate: string, } | { "type": "diagnosis" } & Diagnosed | { "type": "written",
/**
 * The device's serial number.
 */
device_serial: string,
/**
 * SHA-256 of the signing certificate, DER, in lower-case hex.
 */
signing_sha256: string,
/**
 * SHA-256 of the encryption certificate; `null` where there is none.
 */
encryption_sha256: string | null,
/**
 * Always true: what could not be read back is an error.
 */
read_back: boolean, } | { "type": "unlocked" } | { "type": "error",
/**
 * The reason.
 */
code: ErrorCode, } | { "type": "cancelled" };

export type Verdict = "valid" | "invalid" | "indeterminate" | "unsigned";

export type Layer = "structure" | "integrity" | "coverage" | "changes" | "seal" | "path" | "revocation" | "time";

export type CheckResult = "passed" | "failed" | "indeterminate" | "not_applicable";

export type Check = {
/**
 * What was checked.
 */
layer: Layer,
/**
 * The result.
 */
result: CheckResult,
/**
 * A stable word in snake_case that names the reason, such as `byte_range_gap`; absent where it simply passed.
 */
reason: string | null,
/**
 * The reason in a sentence for people.
 */
message: Text | null,
/**
 * The clause that asks for this check, such as `ISO 32000-2 12.8.1`.
 */
clause: string | null, };

export type ReportedProvider = {
/**
 * The catalogue's id.
 */
id: string,
/**
 * Its name.
 */
name: Text, };

export type Signer = {
/**
 * Common name of the subject.
 */
name: string,
/**
 * Organisation of the subject.
 */
organisation: string | null,
/**
 * Subject as RFC 4514 text.
 */
subject: string,
/**
 * Issuer as RFC 4514 text.
 */
issuer: string,
/**
 * Serial number in hex.
 */
serial: string,
/**
 * RFC 3339 UTC.
 */
not_before: string,
/**
 * RFC 3339 UTC.
 */
not_after: string,
/**
 * SHA-256 of the DER, hex.
 */
fingerprint_sha256: string,
/**
 * The provider, where the catalogue recognises the certificate.
 */
provider: ReportedProvider | null,
/**
 * The key number by the provider's identity map.
 */
key_number: string | null, };

export type Shown = {
/**
 * The asking page's origin.
 */
origin: string,
/**
 * What the agent checked of the document.
 */
grade: Grade,
/**
 * The document's name.
 */
document: string,
/**
 * The document's digest before this seal.
 */
document_digest: DocumentDigest,
/**
 * The pages.
 */
pages: Array<number>,
/**
 * The seal.
 */
seal: SealName,
/**
 * The organisation whose seal it is.
 */
organisation: string,
/**
 * The platform's id.
 */
platform: string,
/**
 * The platform's name.
 */
platform_name: string, };

export type Place = {
/**
 * Page number from 1.
 */
page: number,
/**
 * Lower left and upper right corner in PDF points, user space.
 */
rect: [number, number, number, number], };

export type ReportedSignature = {
/**
 * The answer about this signature.
 */
verdict: Verdict,
/**
 * The packaging, such as `adbe.pkcs7.detached` or `ETSI.CAdES.detached`.
 */
format: string,
/**
 * The form field that holds it.
 */
field: string | null,
/**
 * Which revision it signs, from 1.
 */
revision: number | null,
/**
 * Where it shows; absent for an invisible one.
 */
place: Place | null,
/**
 * The signer; absent where it could not be read.
 */
signer: Signer | null,
/**
 * When the signer says that it was made, RFC 3339 UTC. Nobody else vouches for it.
 */
claimed_time: string | null,
/**
 * A time that somebody else vouches for, RFC 3339 UTC.
 */
proved_time: string | null,
/**
 * What the signer was shown, where that was signed.
 */
shown: Shown | null,
/**
 * The checks, in the order of their layers.
 */
checks: Array<Check>, };

export type ReportedDocument = {
/**
 * Its name, where one is known.
 */
name: string | null,
/**
 * Its length in bytes.
 */
size: number,
/**
 * SHA-256 of all its bytes, hex.
 */
sha256: string | null,
/**
 * Its pages.
 */
pages: number | null,
/**
 * Its revisions.
 */
revisions: number | null, };

export type Report = {
/**
 * The answer about the file.
 */
verdict: Verdict,
/**
 * The time for which certificates and evidence were judged, RFC 3339 UTC.
 */
verified_at: string | null,
/**
 * The file.
 */
document: ReportedDocument | null,
/**
 * Checks of the file as a whole (such as its structure); those of a signature stand with it.
 */
checks: Array<Check>,
/**
 * Its signatures, in the order of their revisions.
 */
signatures: Array<ReportedSignature>, };

/** What happened and what to do next, by code. */
export const ERROR_TEXTS: Record<ErrorCode, { message: Text; remedy: Text }> = {
  pin_wrong: { message: {"zh":"PIN 码错误","en":"The PIN is wrong"}, remedy: {"zh":"请核对后重新输入，并留意剩余次数；次数用完后锁会被锁死。","en":"Check it and enter it again. Mind the tries that are left; after the last one the key locks."} },
  last_try: { message: {"zh":"PIN 码只剩最后一次机会","en":"One try is left before the PIN locks"}, remedy: {"zh":"请再次核对；确认无误后选择继续，或先联系单位管理员。","en":"Check it once more. Go on only when you are sure, or ask the administrator first."} },
  pin_locked: { message: {"zh":"PIN 码已锁死","en":"The PIN is locked"}, remedy: {"zh":"请由单位管理员或 CA 服务商用管理员 PIN 解锁，解锁后设置新的 PIN 码。","en":"Have the administrator or the CA unlock it with the administrator PIN, then set a new PIN."} },
  pin_length: { message: {"zh":"PIN 码长度不符合要求","en":"The PIN has the wrong length"}, remedy: {"zh":"PIN 码为 6 至 16 位，请重新输入。","en":"A PIN has 6 to 16 characters. Enter it again."} },
  pin_rule: { message: {"zh":"新 PIN 码不符合要求","en":"The new PIN breaks a rule"}, remedy: {"zh":"请按页面上的各项要求设置新的 PIN 码；尚未向 CA 锁发送任何内容。","en":"Choose one that meets each rule on the page. Nothing was sent to the key."} },
  admin_pin_locked: { message: {"zh":"管理员 PIN 已锁死","en":"The administrator PIN is locked"}, remedy: {"zh":"只能由 CA 服务商重新制作这把锁，请拨打其热线。","en":"Only the CA can make this key usable again. Call its hotline."} },
  no_token: { message: {"zh":"未检测到 CA 锁","en":"No key is plugged in"}, remedy: {"zh":"请插入 CA 锁；若已插入，请换一个 USB 口重插。","en":"Plug the key in. If it is, take it out and try another USB port."} },
  token_removed: { message: {"zh":"操作过程中 CA 锁被拔出","en":"The key was pulled out"}, remedy: {"zh":"请重新插入 CA 锁，再操作一次；未完成的操作没有生效。","en":"Plug it in and try again. What was not finished had no effect."} },
  token_busy: { message: {"zh":"CA 锁正被其他程序占用","en":"Another program is using the key"}, remedy: {"zh":"请关闭其他正在使用 CA 锁的程序后重试。","en":"Close the other program that uses the key, then try again."} },
  token_timeout: { message: {"zh":"CA 锁没有响应","en":"The key does not answer"}, remedy: {"zh":"请重插 CA 锁并重新输入 PIN 码；系统不会自动重发 PIN 码。","en":"Plug it in again and enter the PIN again. The PIN is never sent again by itself."} },
  token_failed: { message: {"zh":"CA 锁返回错误","en":"The key reported an error"}, remedy: {"zh":"请重插 CA 锁后重试；仍然失败请联系 CA 服务商热线。","en":"Plug it in again and retry. If it still fails, call the CA's hotline."} },
  no_certificate: { message: {"zh":"无法获取证书","en":"No certificate could be read"}, remedy: {"zh":"请确认插入的是数字证书锁并已安装驱动，然后重插。","en":"Check that this is a certificate key and that its driver is installed, then plug it in again."} },
  no_signing_certificate: { message: {"zh":"CA 锁中没有签名证书","en":"The key holds no signing certificate"}, remedy: {"zh":"请联系 CA 服务商写入证书。","en":"Ask the CA to write the certificate."} },
  driver_missing: { message: {"zh":"CA检测失败，未检测到驱动","en":"No driver for the key was found"}, remedy: {"zh":"请到「CA 下载」安装驱动与客户端，安装后重插 CA 锁。","en":"Install driver and client from the downloads page, then plug the key in again."} },
  no_blank_token: { message: {"zh":"未检测到空白 CA 锁","en":"No blank key is plugged in"}, remedy: {"zh":"请插入一把空白锁；制证过程中请勿插入其他锁。","en":"Plug a blank key in, and no other while the key is made."} },
  not_blank: { message: {"zh":"这把锁不是空白锁","en":"This key is not blank"}, remedy: {"zh":"锁内已有其他密钥，不会被覆盖；请换一把空白锁。","en":"It holds another key, which is never overwritten. Use a blank one."} },
  production_mismatch: { message: {"zh":"锁内密钥与本次制证不符","en":"The key on the device belongs to another production"}, remedy: {"zh":"请插入本次制证已开始使用的那把锁，或换一把空白锁重新开始。","en":"Plug in the device on which this production began, or begin again with a blank one."} },
  certificate_mismatch: { message: {"zh":"收到的证书不属于锁内的密钥","en":"The certificates are not for the key on the device"}, remedy: {"zh":"没有写入任何内容；请联系平台核对制证订单。","en":"Nothing was written. Tell the platform to check the order."} },
  read_back_failed: { message: {"zh":"写入后读回的内容不一致","en":"What was written does not read back"}, remedy: {"zh":"请重插这把锁后重新执行本次制证，已完成的步骤不会重复；仍然失败请换锁。","en":"Plug it in again and repeat: steps that are done are not done twice. If it fails again, use another key."} },
  write_unsupported: { message: {"zh":"这种介质不能写入证书","en":"Certificates can't be written to this kind of key"}, remedy: {"zh":"请使用带 SKF 驱动的 CA 锁。","en":"Use a key with an SKF driver."} },
  write_refused: { message: {"zh":"该网站未获准写入 CA 锁","en":"This site is not enabled to write to keys"}, remedy: {"zh":"仅目录内的平台可以请求写锁；如确需使用，请在客户端设置中启用该网站。","en":"Only platforms of the catalogue may ask for it. If you need it, enable the site in the client's settings."} },
  write_expired: { message: {"zh":"操作已超过十分钟，已停止","en":"The operation took more than ten minutes and was stopped"}, remedy: {"zh":"请重新开始；已完成的步骤不会重复，也不会生成第二个密钥。","en":"Start again. Steps that are done are not done twice, and no second key is made."} },
  device_mismatch: { message: {"zh":"插入的不是申请中的那把锁","en":"This is not the device that the approval is for"}, remedy: {"zh":"请插入申请解锁的那把锁；没有消耗任何次数。","en":"Plug in the key that the application names. No try was used."} },
  authority_invalid: { message: {"zh":"解锁授权无效","en":"The authority to unlock is not valid"}, remedy: {"zh":"授权不属于这把锁或这张订单；请重新办理解锁，没有消耗任何次数。","en":"It is not for this key or this order. Apply again. No try was used."} },
  pin_not_locked: { message: {"zh":"这把锁没有锁死","en":"This key is not locked"}, remedy: {"zh":"无需解锁，请直接使用原 PIN 码。","en":"There is nothing to unlock: use its PIN."} },
  agent_absent: { message: {"zh":"CA检测失败，未检测到客户端","en":"The client does not answer"}, remedy: {"zh":"请启动印信客户端；尚未安装请到「CA 下载」下载安装。","en":"Start the Yinxin client. If it is not installed, get it from the downloads page."} },
  popup_blocked: { message: {"zh":"浏览器拦截了弹出窗口","en":"The browser blocked the window"}, remedy: {"zh":"请在地址栏右侧允许本网站弹出窗口，再点一次。","en":"Allow pop-up windows for this site at the right of the address bar, then click again."} },
  pin_window_failed: { message: {"zh":"无法打开 PIN 码输入窗口","en":"The PIN window can't be opened"}, remedy: {"zh":"请在本页面输入 PIN 码，或安装 pinentry 程序后重试；没有消耗 PIN 码次数。","en":"Enter the PIN on this page, or install a pinentry program and try again. No try was used."} },
  cancelled: { message: {"zh":"操作已取消","en":"Cancelled"}, remedy: {"zh":"需要时可重新操作。","en":"Start again whenever you like."} },
  origin_refused: { message: {"zh":"该网站不允许使用 CA 锁","en":"This site may not use the key"}, remedy: {"zh":"请从平台的正式网址进入；开发环境须在客户端设置中登记。","en":"Open the platform by its proper address. A development origin must be set in the client."} },
  consent_required: { message: {"zh":"尚未授权该网站进行此操作","en":"This site has no consent for this"}, remedy: {"zh":"请在客户端窗口中确认授权。","en":"Give consent in the client's window."} },
  capability_refused: { message: {"zh":"该网站未获准签章","en":"This site is not enabled for sealing"}, remedy: {"zh":"仅目录内的平台可以请求签章；如确需使用，请在客户端设置中启用该网站。","en":"Only platforms of the catalogue may ask for a seal. If you need it, enable the site in the client's settings."} },
  key_file_refused: { message: {"zh":"密钥文件不是硬件介质，未允许网站使用","en":"A key file is no hardware, and sites may not use it"}, remedy: {"zh":"请插入 CA 锁；确需使用密钥文件，请在客户端设置中允许。","en":"Plug your key in. If you need the file, allow key files in the client's settings."} },
  request_malformed: { message: {"zh":"请求格式不正确","en":"The request is malformed"}, remedy: {"zh":"请刷新页面后重试；仍然失败请联系平台。","en":"Reload the page and try again. If it still fails, tell the platform."} },
  file_mismatch: { message: {"zh":"所选文件与平台上的文件不一致","en":"The chosen file is not the one on the platform"}, remedy: {"zh":"请选择上传到平台的同一个文件，不要签署内容不明的文件。","en":"Choose the very file that was uploaded. Do not sign what you can't check."} },
  revision_refused: { message: {"zh":"平台准备的签章内容与所示不符，已拒绝签署","en":"What the platform prepared is not what it shows; it was not signed"}, remedy: {"zh":"请勿继续，并联系平台。","en":"Do not go on, and tell the platform."} },
  certificate_expired: { message: {"zh":"证书已过期","en":"The certificate has expired"}, remedy: {"zh":"请联系 CA 服务商办理续期。","en":"Have it renewed by the CA."} },
  certificate_not_yet_valid: { message: {"zh":"证书尚未生效","en":"The certificate is not valid yet"}, remedy: {"zh":"请核对证书的生效日期。","en":"See from which date it is valid."} },
  certificate_revoked: { message: {"zh":"证书已被吊销","en":"The certificate is revoked"}, remedy: {"zh":"请联系 CA 服务商补办证书。","en":"Ask the CA for a replacement."} },
  revocation_undetermined: { message: {"zh":"无法确定证书是否被吊销","en":"Whether the certificate is revoked can't be determined"}, remedy: {"zh":"请稍后重试；这不表示证书有问题。","en":"Try again later. This does not mean that the certificate is bad."} },
  path_invalid: { message: {"zh":"证书不是由受信任的 CA 签发","en":"The certificate was not issued by a trusted CA"}, remedy: {"zh":"请使用平台支持的 CA 服务商签发的证书。","en":"Use a certificate of a CA that the platform supports."} },
  key_usage_refused: { message: {"zh":"该证书不能用于此操作","en":"This certificate may not be used for this"}, remedy: {"zh":"请选择签名证书。","en":"Choose the signing certificate."} },
  statement_invalid: { message: {"zh":"登录凭证签名无效","en":"The signature of the login token is not valid"}, remedy: {"zh":"请重新检测 CA 并登录。","en":"Detect the key and log in again."} },
  token_malformed: { message: {"zh":"登录凭证格式不正确","en":"The login token is malformed"}, remedy: {"zh":"请升级客户端后重试。","en":"Update the client and try again."} },
  provider_unknown: { message: {"zh":"无法识别证书的 CA 服务商","en":"The certificate's CA is not known"}, remedy: {"zh":"请在平台支持的 CA 服务商中办理证书。","en":"Get a certificate from a CA that the platform supports."} },
  provider_may_not_bind: { message: {"zh":"该 CA 服务商不能在本平台绑定","en":"Keys of this CA may not be bound here"}, remedy: {"zh":"请使用本平台支持绑定的 CA 服务商签发的锁。","en":"Use a key of a CA that may be bound on this platform."} },
  provider_may_not_log_in: { message: {"zh":"该 CA 服务商不能用于本平台登录","en":"Keys of this CA may not log in here"}, remedy: {"zh":"请使用本平台支持登录的 CA 服务商签发的锁。","en":"Use a key of a CA that may log in on this platform."} },
  provider_may_not_seal: { message: {"zh":"该 CA 服务商不能用于本平台签章","en":"Keys of this CA may not seal here"}, remedy: {"zh":"请使用本平台支持签章的 CA 服务商签发的锁。","en":"Use a key of a CA that may seal on this platform."} },
  product_refused: { message: {"zh":"该类证书不能用于本平台","en":"This kind of certificate is not accepted here"}, remedy: {"zh":"请联系 CA 服务商办理可用于本平台的证书产品。","en":"Ask the CA for a product that this platform accepts."} },
  identity_unreadable: { message: {"zh":"无法从证书读取身份信息","en":"The identity can't be read from the certificate"}, remedy: {"zh":"请联系 CA 服务商检查证书内容。","en":"Ask the CA to check what the certificate says."} },
  not_bound: { message: {"zh":"证书有效但未绑定","en":"The certificate is valid and not bound"}, remedy: {"zh":"请用账号密码登录，在「CA 绑定」中绑定这把锁。","en":"Log in by password and bind this key under CA binding."} },
  bound_elsewhere: { message: {"zh":"已被多人绑定","en":"The key is bound to another account"}, remedy: {"zh":"一把锁只能绑定一个账户，请先由原账户解除绑定。","en":"A key is bound to one account. Release it there first."} },
  already_bound: { message: {"zh":"这把锁已绑定本账户","en":"The key is already bound to this account"}, remedy: {"zh":"无需再次绑定，可直接用它登录。","en":"Nothing to do: log in with it."} },
  organisation_mismatch: { message: {"zh":"证书单位与账户单位不一致","en":"The certificate's organisation is not the account's"}, remedy: {"zh":"请使用本单位的锁；单位更名请先办理证书变更。","en":"Use a key of your organisation. After a change of name have the certificate changed first."} },
  nonce_used: { message: {"zh":"登录请求已被使用","en":"This challenge was used already"}, remedy: {"zh":"请重新操作一次。","en":"Start again."} },
  challenge_expired: { message: {"zh":"登录请求已过期","en":"The challenge has expired"}, remedy: {"zh":"请重新操作，并在五分钟内完成。","en":"Start again and finish within five minutes."} },
  challenge_invalid: { message: {"zh":"登录请求无效","en":"The challenge is not valid here"}, remedy: {"zh":"请刷新页面后重新操作。","en":"Reload the page and start again."} },
  proof_expired: { message: {"zh":"获取的 CA 编号已失效","en":"The key number that was read has lapsed"}, remedy: {"zh":"请重新获取 CA 编号。","en":"Read the key number again."} },
  not_logged_in: { message: {"zh":"尚未登录或登录已过期","en":"Not logged in, or the session has ended"}, remedy: {"zh":"请重新登录。","en":"Log in again."} },
  password_wrong: { message: {"zh":"账号或密码错误","en":"Account or password are wrong"}, remedy: {"zh":"请核对后重新输入。","en":"Check them and enter them again."} },
  password_weak: { message: {"zh":"密码不符合要求","en":"The password is too weak"}, remedy: {"zh":"密码为 10 至 128 位，且不能与账号相同。","en":"A password has 10 to 128 characters and is not the account's name."} },
  uscc_invalid: { message: {"zh":"统一社会信用代码不正确","en":"The unified social credit code is not valid"}, remedy: {"zh":"请按营业执照核对 18 位代码。","en":"Compare the 18 characters with the business licence."} },
  account_exists: { message: {"zh":"账号已存在","en":"The account exists already"}, remedy: {"zh":"请换一个账号，或直接登录。","en":"Choose another name, or log in."} },
  organisation_exists: { message: {"zh":"该单位已注册","en":"The organisation is registered already"}, remedy: {"zh":"请向单位管理员申请账户。","en":"Ask its administrator for an account."} },
  unbind_needs_key: { message: {"zh":"请先使用这把锁登录，再解除绑定","en":"Log in with this key first, then release it"}, remedy: {"zh":"退出后用这把锁以 CA 登录，再点「删除」；锁已遗失或不在手边，请申请强制解绑。","en":"Log out, log in with this key, and release it. If you no longer have it, ask for a forced unbinding."} },
  one_certificate: { message: {"zh":"该账户已绑定一把锁","en":"The account has a key already"}, remedy: {"zh":"本平台每个账户只能绑定一把锁，请先解除原有绑定。","en":"An account has one key on this platform. Release the other one first."} },
  holder_changed: { message: {"zh":"这把锁的持有人已变更","en":"This key has another holder than when it was bound"}, remedy: {"zh":"请用账号密码登录，重新绑定这把锁。","en":"Log in by password and bind this key anew."} },
  ca_login_disabled: { message: {"zh":"该账户已停用 CA 登录","en":"Logging in with a key is disabled for this account"}, remedy: {"zh":"请用账号密码或手机验证码登录，或联系单位管理员开启。","en":"Log in by password or telephone, or ask the administrator to allow it."} },
  ca_login_required: { message: {"zh":"该账户须使用 CA 登录","en":"This account logs in with its key only"}, remedy: {"zh":"请插入已绑定的锁，使用 CA 登录。","en":"Plug the bound key in and log in with it."} },
  login_way_closed: { message: {"zh":"所在区划未开放此登录方式","en":"This way to log in is not open in your region"}, remedy: {"zh":"请改用页面上列出的登录方式。","en":"Use one of the ways that the page shows."} },
  region_closed: { message: {"zh":"该 CA 服务商未在所在区划开放","en":"This CA is not open in your region"}, remedy: {"zh":"请使用本区划开放的 CA 服务商，或咨询平台客服。","en":"Use a CA that is open in your region, or ask the platform."} },
  region_unknown: { message: {"zh":"没有这个区划","en":"There is no such region"}, remedy: {"zh":"请重新选择区划。","en":"Choose a region again."} },
  account_locked: { message: {"zh":"该账户已停用","en":"This account is locked"}, remedy: {"zh":"请联系单位管理员。","en":"Ask your organisation's administrator."} },
  last_administrator: { message: {"zh":"单位须有一名管理员","en":"An organisation needs an administrator"}, remedy: {"zh":"请先移交管理员，再办理。","en":"Hand the administration over first."} },
  changed_elsewhere: { message: {"zh":"内容已在别处修改","en":"It was changed elsewhere"}, remedy: {"zh":"请刷新页面，核对后重新填写。","en":"Reload the page, compare, and enter it again."} },
  request_state: { message: {"zh":"该申请当前状态不能进行此操作","en":"The request's state does not allow this"}, remedy: {"zh":"请刷新页面查看最新状态。","en":"Reload the page to see its state."} },
  request_open: { message: {"zh":"同类申请正在办理","en":"A request of this kind is under way"}, remedy: {"zh":"请先完成或撤回原申请。","en":"Finish it, or take it back, first."} },
  evidence_missing: { message: {"zh":"缺少证明材料","en":"Evidence is missing"}, remedy: {"zh":"请至少上传一份证明材料。","en":"Upload one paper at least."} },
  name_taken: { message: {"zh":"名称已存在","en":"The name is taken"}, remedy: {"zh":"请换一个名称。","en":"Choose another name."} },
  department_depth: { message: {"zh":"部门层级不能超过五级","en":"Departments have five levels at most"}, remedy: {"zh":"请选择更上层的部门；有下级部门的部门只能在同一层级间移动。","en":"Choose a department further up. One with parts of its own moves on its level only."} },
  department_not_empty: { message: {"zh":"部门下还有人员或下级部门","en":"People or departments are still in it"}, remedy: {"zh":"请先移出人员和下级部门。","en":"Move them elsewhere first."} },
  forced_needs_proof: { message: {"zh":"请先证明这把锁在您手中","en":"Prove first that you have this key"}, remedy: {"zh":"请插入这把锁，在「CA 绑定」中点击「获取 CA 编号」，再申请强制解绑。","en":"Plug the key in and read its number under CA binding, then ask for the forced unbinding."} },
  same_person: { message: {"zh":"须由不同的两人审批","en":"Two different persons approve"}, remedy: {"zh":"请由其他同事审批。","en":"Leave this to a colleague."} },
  class_conflict: { message: {"zh":"业务、审计、系统三类人员不能兼任","en":"Business, audit and system are done by different persons"}, remedy: {"zh":"请为该人员只选择一类职责。","en":"Choose duties of one class only."} },
  second_factor_required: { message: {"zh":"请先完成二次验证","en":"Show your second factor first"}, remedy: {"zh":"请输入动态口令，或插入已登记的锁。","en":"Enter the one-time password, or plug the registered key in."} },
  second_factor_wrong: { message: {"zh":"动态口令错误或已使用","en":"The one-time password is wrong or was used"}, remedy: {"zh":"请等待下一组动态口令后重新输入。","en":"Wait for the next one and enter it."} },
  too_large: { message: {"zh":"文件过大","en":"The file is too large"}, remedy: {"zh":"请压缩或拆分后重新上传。","en":"Compress or split it and upload it again."} },
  not_pdf: { message: {"zh":"不是 PDF 文件","en":"Not a PDF file"}, remedy: {"zh":"请上传 PDF 文件。","en":"Upload a PDF."} },
  pdf_refused: { message: {"zh":"该 PDF 结构异常，无法签章","en":"This PDF is malformed and can't be sealed"}, remedy: {"zh":"请用原软件重新导出 PDF 后再上传。","en":"Export it again from the program that made it, then upload it."} },
  page_out_of_range: { message: {"zh":"印章超出页面","en":"The seal lies outside the page"}, remedy: {"zh":"请把印章拖到页面之内。","en":"Drag it inside the page."} },
  keyword_not_found: { message: {"zh":"文件中没有找到该关键字","en":"The keyword does not stand in the document"}, remedy: {"zh":"请核对关键字；扫描件没有可读的文字，请改用其他方式签章。","en":"Check the keyword. A scan has no readable text: place the seal another way."} },
  document_state: { message: {"zh":"文件当前状态不能进行此操作","en":"The document's state does not allow this"}, remedy: {"zh":"请刷新页面查看文件的最新状态。","en":"Reload the page to see its state."} },
  ticket_state: { message: {"zh":"该工单已结束，或刚刚有变化","en":"The ticket is closed, or was changed just now"}, remedy: {"zh":"请刷新页面查看最新内容；问题仍在的，请新建工单。","en":"Reload the page to see what is new; open another ticket if it is still wrong."} },
  sealing_expired: { message: {"zh":"签章准备已过期","en":"The prepared seal has lapsed"}, remedy: {"zh":"请重新放置印章并签署。","en":"Place the seal and sign again."} },
  seal_mismatch: { message: {"zh":"签章结果与文件不符","en":"The signature does not fit the document"}, remedy: {"zh":"请重新放置印章并签署。","en":"Place the seal and sign again."} },
  seal_state: { message: {"zh":"该印章当前状态不能进行此操作","en":"The seal's state does not allow this"}, remedy: {"zh":"请在「印章管理」中查看印章状态。","en":"See the seal's state under seals."} },
  seal_needs_approval: { message: {"zh":"使用该印章须先经审批","en":"The use of this seal is approved first"}, remedy: {"zh":"请为该文件申请用印，经印章管理员批准后再盖章。","en":"Ask for its use on this document, and seal once it is approved."} },
  application_state: { message: {"zh":"该申请当前状态不能进行此操作","en":"The application's state does not allow this"}, remedy: {"zh":"请刷新页面查看申请的最新状态。","en":"Reload the page to see its state."} },
  application_version: { message: {"zh":"该申请已在别处修改","en":"The application was changed elsewhere"}, remedy: {"zh":"请刷新页面，核对后重新填写。","en":"Reload the page, compare, and enter it again."} },
  duty_conflict: { message: {"zh":"同一申请的录入、审核、复核、制证须由不同人员办理","en":"Entry, review, second review and production of one application are done by different persons"}, remedy: {"zh":"请由其他同事办理这一步。","en":"Leave this step to a colleague."} },
  key_not_active: { message: {"zh":"该证书不能解锁，不在已生效状态","en":"The certificate can't be unlocked: it is not in effect"}, remedy: {"zh":"收到 CA 锁后，请在「我的申请」中点击「确认收货」，证书即生效。","en":"Once the key has arrived, confirm its receipt under my applications; then it is in effect."} },
  key_busy: { message: {"zh":"这把锁已有在办的申请","en":"Another application on this key is under way"}, remedy: {"zh":"请先完成或撤回原申请。","en":"Finish it, or take it back, first."} },
  renewal_closed: { message: {"zh":"当前不能线上续期","en":"The certificate can't be renewed online now"}, remedy: {"zh":"请按页面所示的方式办理，或拨打 CA 服务商热线。","en":"Go the way that the page shows, or call the CA's hotline."} },
  code_wrong: { message: {"zh":"验证码错误或已失效","en":"The code is wrong or has lapsed"}, remedy: {"zh":"请核对后重新输入，或重新获取。","en":"Check it and enter it again, or ask for a new one."} },
  amount_mismatch: { message: {"zh":"到账金额与应付金额不符","en":"What came is not what was owed"}, remedy: {"zh":"请核对金额；多付、少付的款项应原路退回后重新支付。","en":"Compare the amounts. Money that does not fit goes back and is paid anew."} },
  font_missing: { message: {"zh":"服务器缺少中文字体，无法生成表格","en":"The server has no Chinese font to set the form with"}, remedy: {"zh":"请联系平台安装 fonts-noto-cjk，或先使用线下表格。","en":"Have the platform install fonts-noto-cjk, or use a paper form."} },
  not_found: { message: {"zh":"内容不存在","en":"Not found"}, remedy: {"zh":"请返回列表重新选择。","en":"Go back to the list and choose again."} },
  forbidden: { message: {"zh":"没有权限","en":"Not permitted"}, remedy: {"zh":"请联系单位管理员。","en":"Ask your organisation's administrator."} },
  invalid: { message: {"zh":"填写的内容不正确","en":"Something entered is not valid"}, remedy: {"zh":"请按提示修改后重新提交。","en":"Change it as shown and submit again."} },
  rate_limited: { message: {"zh":"操作过于频繁","en":"Too many tries"}, remedy: {"zh":"请稍候再试。","en":"Wait a little and try again."} },
  busy: { message: {"zh":"系统繁忙","en":"The service is busy"}, remedy: {"zh":"请稍候再试，已提交的内容不会丢失。","en":"Try again shortly. Nothing submitted is lost."} },
  internal: { message: {"zh":"系统内部错误","en":"An internal error"}, remedy: {"zh":"请稍后重试；仍然失败请联系平台客服。","en":"Try again later. If it still fails, call the platform's support."} },
};
