//! Error codes: stable words that servers, agents and pages share, each with a message and a next step
//! in Chinese and English, and the HTTP status that it usually has.
//!
//! The messages of the users' manuals are kept to the letter: 证书有效但未绑定, 无法获取证书, 已被多人绑定,
//! CA检测失败，未检测到驱动. A code is never renamed; a new cause gets a new code.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A text in both languages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// A text from its two halves.
    pub fn new(zh: impl Into<String>, en: impl Into<String>) -> Text {
        Text {
            zh: zh.into(),
            en: en.into(),
        }
    }
}

macro_rules! codes {
    ($( $variant:ident $name:literal $status:literal { $zh:literal, $en:literal; $remedy_zh:literal, $remedy_en:literal } )*) => {
        /// The codes. In JSON they are words in snake_case.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
        #[serde(rename_all = "snake_case")]
        pub enum ErrorCode {
            $( #[doc = $en] #[serde(rename = $name)] $variant, )*
        }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [ErrorCode] = &[$(ErrorCode::$variant),*];

            /// The stable word.
            pub const fn name(self) -> &'static str {
                match self { $(ErrorCode::$variant => $name),* }
            }

            /// The HTTP status that it usually has.
            pub const fn status(self) -> u16 {
                match self { $(ErrorCode::$variant => $status),* }
            }

            /// What happened.
            pub fn message(self) -> Text {
                match self { $(ErrorCode::$variant => Text::new($zh, $en)),* }
            }

            /// What to do next.
            pub fn remedy(self) -> Text {
                match self { $(ErrorCode::$variant => Text::new($remedy_zh, $remedy_en)),* }
            }
        }
    };
}

codes! {
    // The key
    PinWrong "pin_wrong" 400 { "PIN 码错误", "The PIN is wrong";
        "请核对后重新输入，并留意剩余次数；次数用完后锁会被锁死。", "Check it and enter it again. Mind the tries that are left; after the last one the key locks." }
    LastTry "last_try" 409 { "PIN 码只剩最后一次机会", "One try is left before the PIN locks";
        "请再次核对；确认无误后选择继续，或先联系单位管理员。", "Check it once more. Go on only when you are sure, or ask the administrator first." }
    PinLocked "pin_locked" 400 { "PIN 码已锁死", "The PIN is locked";
        "请由单位管理员或 CA 服务商用管理员 PIN 解锁，解锁后设置新的 PIN 码。", "Have the administrator or the CA unlock it with the administrator PIN, then set a new PIN." }
    PinLength "pin_length" 400 { "PIN 码长度不符合要求", "The PIN has the wrong length";
        "PIN 码为 6 至 16 位，请重新输入。", "A PIN has 6 to 16 characters. Enter it again." }
    PinRule "pin_rule" 400 { "新 PIN 码不符合要求", "The new PIN breaks a rule";
        "请按页面上的各项要求设置新的 PIN 码；尚未向 CA 锁发送任何内容。", "Choose one that meets each rule on the page. Nothing was sent to the key." }
    AdminPinLocked "admin_pin_locked" 400 { "管理员 PIN 已锁死", "The administrator PIN is locked";
        "只能由 CA 服务商重新制作这把锁，请拨打其热线。", "Only the CA can make this key usable again. Call its hotline." }
    NoToken "no_token" 400 { "未检测到 CA 锁", "No key is plugged in";
        "请插入 CA 锁；若已插入，请换一个 USB 口重插。", "Plug the key in. If it is, take it out and try another USB port." }
    TokenRemoved "token_removed" 400 { "操作过程中 CA 锁被拔出", "The key was pulled out";
        "请重新插入 CA 锁，再操作一次；未完成的操作没有生效。", "Plug it in and try again. What was not finished had no effect." }
    TokenBusy "token_busy" 409 { "CA 锁正被其他程序占用", "Another program is using the key";
        "请关闭其他正在使用 CA 锁的程序后重试。", "Close the other program that uses the key, then try again." }
    TokenTimeout "token_timeout" 504 { "CA 锁没有响应", "The key does not answer";
        "请重插 CA 锁并重新输入 PIN 码；系统不会自动重发 PIN 码。", "Plug it in again and enter the PIN again. The PIN is never sent again by itself." }
    TokenFailed "token_failed" 502 { "CA 锁返回错误", "The key reported an error";
        "请重插 CA 锁后重试；仍然失败请联系 CA 服务商热线。", "Plug it in again and retry. If it still fails, call the CA's hotline." }
    NoCertificate "no_certificate" 400 { "无法获取证书", "No certificate could be read";
        "请确认插入的是数字证书锁并已安装驱动，然后重插。", "Check that this is a certificate key and that its driver is installed, then plug it in again." }
    NoSigningCertificate "no_signing_certificate" 400 { "CA 锁中没有签名证书", "The key holds no signing certificate";
        "请联系 CA 服务商写入证书。", "Ask the CA to write the certificate." }
    DriverMissing "driver_missing" 400 { "CA检测失败，未检测到驱动", "No driver for the key was found";
        "请到「CA 下载」安装驱动与客户端，安装后重插 CA 锁。", "Install driver and client from the downloads page, then plug the key in again." }

    // Writing to a key
    NoBlankToken "no_blank_token" 400 { "未检测到空白 CA 锁", "No blank key is plugged in";
        "请插入一把空白锁；制证过程中请勿插入其他锁。", "Plug a blank key in, and no other while the key is made." }
    NotBlank "not_blank" 409 { "这把锁不是空白锁", "This key is not blank";
        "锁内已有其他密钥，不会被覆盖；请换一把空白锁。", "It holds another key, which is never overwritten. Use a blank one." }
    ProductionMismatch "production_mismatch" 409 { "锁内密钥与本次制证不符", "The key on the device belongs to another production";
        "请插入本次制证已开始使用的那把锁，或换一把空白锁重新开始。", "Plug in the device on which this production began, or begin again with a blank one." }
    CertificateMismatch "certificate_mismatch" 400 { "收到的证书不属于锁内的密钥", "The certificates are not for the key on the device";
        "没有写入任何内容；请联系平台核对制证订单。", "Nothing was written. Tell the platform to check the order." }
    ReadBackFailed "read_back_failed" 502 { "写入后读回的内容不一致", "What was written does not read back";
        "请重插这把锁后重新执行本次制证，已完成的步骤不会重复；仍然失败请换锁。", "Plug it in again and repeat: steps that are done are not done twice. If it fails again, use another key." }
    WriteUnsupported "write_unsupported" 400 { "这种介质不能写入证书", "Certificates can't be written to this kind of key";
        "请使用带 SKF 驱动的 CA 锁。", "Use a key with an SKF driver." }
    WriteRefused "write_refused" 403 { "该网站未获准写入 CA 锁", "This site is not enabled to write to keys";
        "仅目录内的平台可以请求写锁；如确需使用，请在客户端设置中启用该网站。", "Only platforms of the catalogue may ask for it. If you need it, enable the site in the client's settings." }
    WriteExpired "write_expired" 408 { "操作已超过十分钟，已停止", "The operation took more than ten minutes and was stopped";
        "请重新开始；已完成的步骤不会重复，也不会生成第二个密钥。", "Start again. Steps that are done are not done twice, and no second key is made." }
    DeviceMismatch "device_mismatch" 400 { "插入的不是申请中的那把锁", "This is not the device that the approval is for";
        "请插入申请解锁的那把锁；没有消耗任何次数。", "Plug in the key that the application names. No try was used." }
    AuthorityInvalid "authority_invalid" 400 { "解锁授权无效", "The authority to unlock is not valid";
        "授权不属于这把锁或这张订单；请重新办理解锁，没有消耗任何次数。", "It is not for this key or this order. Apply again. No try was used." }
    PinNotLocked "pin_not_locked" 409 { "这把锁没有锁死", "This key is not locked";
        "无需解锁，请直接使用原 PIN 码。", "There is nothing to unlock: use its PIN." }

    // The agent and its popup
    AgentAbsent "agent_absent" 400 { "CA检测失败，未检测到客户端", "The client does not answer";
        "请启动印信客户端；尚未安装请到「CA 下载」下载安装。", "Start the Yinxin client. If it is not installed, get it from the downloads page." }
    PopupBlocked "popup_blocked" 400 { "浏览器拦截了弹出窗口", "The browser blocked the window";
        "请在地址栏右侧允许本网站弹出窗口，再点一次。", "Allow pop-up windows for this site at the right of the address bar, then click again." }
    PinWindowFailed "pin_window_failed" 503 { "无法打开 PIN 码输入窗口", "The PIN window can't be opened";
        "请在本页面输入 PIN 码，或安装 pinentry 程序后重试；没有消耗 PIN 码次数。", "Enter the PIN on this page, or install a pinentry program and try again. No try was used." }
    Cancelled "cancelled" 400 { "操作已取消", "Cancelled";
        "需要时可重新操作。", "Start again whenever you like." }
    OriginRefused "origin_refused" 403 { "该网站不允许使用 CA 锁", "This site may not use the key";
        "请从平台的正式网址进入；开发环境须在客户端设置中登记。", "Open the platform by its proper address. A development origin must be set in the client." }
    ConsentRequired "consent_required" 403 { "尚未授权该网站进行此操作", "This site has no consent for this";
        "请在客户端窗口中确认授权。", "Give consent in the client's window." }
    CapabilityRefused "capability_refused" 403 { "该网站未获准签章", "This site is not enabled for sealing";
        "仅目录内的平台可以请求签章；如确需使用，请在客户端设置中启用该网站。", "Only platforms of the catalogue may ask for a seal. If you need it, enable the site in the client's settings." }
    KeyFileRefused "key_file_refused" 403 { "密钥文件不是硬件介质，未允许网站使用", "A key file is no hardware, and sites may not use it";
        "请插入 CA 锁；确需使用密钥文件，请在客户端设置中允许。", "Plug your key in. If you need the file, allow key files in the client's settings." }
    RequestMalformed "request_malformed" 400 { "请求格式不正确", "The request is malformed";
        "请刷新页面后重试；仍然失败请联系平台。", "Reload the page and try again. If it still fails, tell the platform." }
    FileMismatch "file_mismatch" 400 { "所选文件与平台上的文件不一致", "The chosen file is not the one on the platform";
        "请选择上传到平台的同一个文件，不要签署内容不明的文件。", "Choose the very file that was uploaded. Do not sign what you can't check." }
    RevisionRefused "revision_refused" 400 { "平台准备的签章内容与所示不符，已拒绝签署", "What the platform prepared is not what it shows; it was not signed";
        "请勿继续，并联系平台。", "Do not go on, and tell the platform." }

    // The certificate
    CertificateExpired "certificate_expired" 403 { "证书已过期", "The certificate has expired";
        "请联系 CA 服务商办理续期。", "Have it renewed by the CA." }
    CertificateNotYetValid "certificate_not_yet_valid" 403 { "证书尚未生效", "The certificate is not valid yet";
        "请核对证书的生效日期。", "See from which date it is valid." }
    CertificateRevoked "certificate_revoked" 403 { "证书已被吊销", "The certificate is revoked";
        "请联系 CA 服务商补办证书。", "Ask the CA for a replacement." }
    RevocationUndetermined "revocation_undetermined" 503 { "无法确定证书是否被吊销", "Whether the certificate is revoked can't be determined";
        "请稍后重试；这不表示证书有问题。", "Try again later. This does not mean that the certificate is bad." }
    PathInvalid "path_invalid" 403 { "证书不是由受信任的 CA 签发", "The certificate was not issued by a trusted CA";
        "请使用平台支持的 CA 服务商签发的证书。", "Use a certificate of a CA that the platform supports." }
    KeyUsageRefused "key_usage_refused" 403 { "该证书不能用于此操作", "This certificate may not be used for this";
        "请选择签名证书。", "Choose the signing certificate." }
    StatementInvalid "statement_invalid" 400 { "登录凭证签名无效", "The signature of the login token is not valid";
        "请重新检测 CA 并登录。", "Detect the key and log in again." }
    TokenMalformed "token_malformed" 400 { "登录凭证格式不正确", "The login token is malformed";
        "请升级客户端后重试。", "Update the client and try again." }
    ProviderUnknown "provider_unknown" 403 { "无法识别证书的 CA 服务商", "The certificate's CA is not known";
        "请在平台支持的 CA 服务商中办理证书。", "Get a certificate from a CA that the platform supports." }
    ProviderMayNotBind "provider_may_not_bind" 403 { "该 CA 服务商不能在本平台绑定", "Keys of this CA may not be bound here";
        "请使用本平台支持绑定的 CA 服务商签发的锁。", "Use a key of a CA that may be bound on this platform." }
    ProviderMayNotLogIn "provider_may_not_log_in" 403 { "该 CA 服务商不能用于本平台登录", "Keys of this CA may not log in here";
        "请使用本平台支持登录的 CA 服务商签发的锁。", "Use a key of a CA that may log in on this platform." }
    ProviderMayNotSeal "provider_may_not_seal" 403 { "该 CA 服务商不能用于本平台签章", "Keys of this CA may not seal here";
        "请使用本平台支持签章的 CA 服务商签发的锁。", "Use a key of a CA that may seal on this platform." }
    ProductRefused "product_refused" 403 { "该类证书不能用于本平台", "This kind of certificate is not accepted here";
        "请联系 CA 服务商办理可用于本平台的证书产品。", "Ask the CA for a product that this platform accepts." }
    IdentityUnreadable "identity_unreadable" 403 { "无法从证书读取身份信息", "The identity can't be read from the certificate";
        "请联系 CA 服务商检查证书内容。", "Ask the CA to check what the certificate says." }

    // Binding and login
    NotBound "not_bound" 403 { "证书有效但未绑定", "The certificate is valid and not bound";
        "请用账号密码登录，在「CA 绑定」中绑定这把锁。", "Log in by password and bind this key under CA binding." }
    BoundElsewhere "bound_elsewhere" 409 { "已被多人绑定", "The key is bound to another account";
        "一把锁只能绑定一个账户，请先由原账户解除绑定。", "A key is bound to one account. Release it there first." }
    AlreadyBound "already_bound" 409 { "这把锁已绑定本账户", "The key is already bound to this account";
        "无需再次绑定，可直接用它登录。", "Nothing to do: log in with it." }
    OrganisationMismatch "organisation_mismatch" 403 { "证书单位与账户单位不一致", "The certificate's organisation is not the account's";
        "请使用本单位的锁；单位更名请先办理证书变更。", "Use a key of your organisation. After a change of name have the certificate changed first." }
    NonceUsed "nonce_used" 409 { "登录请求已被使用", "This challenge was used already";
        "请重新操作一次。", "Start again." }
    ChallengeExpired "challenge_expired" 400 { "登录请求已过期", "The challenge has expired";
        "请重新操作，并在五分钟内完成。", "Start again and finish within five minutes." }
    ChallengeInvalid "challenge_invalid" 400 { "登录请求无效", "The challenge is not valid here";
        "请刷新页面后重新操作。", "Reload the page and start again." }
    ProofExpired "proof_expired" 400 { "获取的 CA 编号已失效", "The key number that was read has lapsed";
        "请重新获取 CA 编号。", "Read the key number again." }
    NotLoggedIn "not_logged_in" 401 { "尚未登录或登录已过期", "Not logged in, or the session has ended";
        "请重新登录。", "Log in again." }
    PasswordWrong "password_wrong" 401 { "账号或密码错误", "Account or password are wrong";
        "请核对后重新输入。", "Check them and enter them again." }
    PasswordWeak "password_weak" 400 { "密码不符合要求", "The password is too weak";
        "密码为 10 至 128 位，且不能与账号相同。", "A password has 10 to 128 characters and is not the account's name." }
    UsccInvalid "uscc_invalid" 400 { "统一社会信用代码不正确", "The unified social credit code is not valid";
        "请按营业执照核对 18 位代码。", "Compare the 18 characters with the business licence." }
    AccountExists "account_exists" 409 { "账号已存在", "The account exists already";
        "请换一个账号，或直接登录。", "Choose another name, or log in." }
    OrganisationExists "organisation_exists" 409 { "该单位已注册", "The organisation is registered already";
        "请向单位管理员申请账户。", "Ask its administrator for an account." }

    UnbindNeedsKey "unbind_needs_key" 403 { "请先使用这把锁登录，再解除绑定", "Log in with this key first, then release it";
        "退出后用这把锁以 CA 登录，再点「删除」；锁已遗失或不在手边，请申请强制解绑。", "Log out, log in with this key, and release it. If you no longer have it, ask for a forced unbinding." }
    OneCertificate "one_certificate" 409 { "该账户已绑定一把锁", "The account has a key already";
        "本平台每个账户只能绑定一把锁，请先解除原有绑定。", "An account has one key on this platform. Release the other one first." }
    HolderChanged "holder_changed" 403 { "这把锁的持有人已变更", "This key has another holder than when it was bound";
        "请用账号密码登录，重新绑定这把锁。", "Log in by password and bind this key anew." }
    CaLoginDisabled "ca_login_disabled" 403 { "该账户已停用 CA 登录", "Logging in with a key is disabled for this account";
        "请用账号密码或手机验证码登录，或联系单位管理员开启。", "Log in by password or telephone, or ask the administrator to allow it." }
    CaLoginRequired "ca_login_required" 403 { "该账户须使用 CA 登录", "This account logs in with its key only";
        "请插入已绑定的锁，使用 CA 登录。", "Plug the bound key in and log in with it." }
    LoginWayClosed "login_way_closed" 403 { "所在区划未开放此登录方式", "This way to log in is not open in your region";
        "请改用页面上列出的登录方式。", "Use one of the ways that the page shows." }
    RegionClosed "region_closed" 403 { "该 CA 服务商未在所在区划开放", "This CA is not open in your region";
        "请使用本区划开放的 CA 服务商，或咨询平台客服。", "Use a CA that is open in your region, or ask the platform." }
    RegionUnknown "region_unknown" 400 { "没有这个区划", "There is no such region";
        "请重新选择区划。", "Choose a region again." }
    AccountLocked "account_locked" 403 { "该账户已停用", "This account is locked";
        "请联系单位管理员。", "Ask your organisation's administrator." }

    // Organisations and people
    LastAdministrator "last_administrator" 409 { "单位须有一名管理员", "An organisation needs an administrator";
        "请先移交管理员，再办理。", "Hand the administration over first." }
    ChangedElsewhere "changed_elsewhere" 409 { "内容已在别处修改", "It was changed elsewhere";
        "请刷新页面，核对后重新填写。", "Reload the page, compare, and enter it again." }
    RequestState "request_state" 409 { "该申请当前状态不能进行此操作", "The request's state does not allow this";
        "请刷新页面查看最新状态。", "Reload the page to see its state." }
    RequestOpen "request_open" 409 { "同类申请正在办理", "A request of this kind is under way";
        "请先完成或撤回原申请。", "Finish it, or take it back, first." }
    EvidenceMissing "evidence_missing" 400 { "缺少证明材料", "Evidence is missing";
        "请至少上传一份证明材料。", "Upload one paper at least." }
    NameTaken "name_taken" 409 { "名称已存在", "The name is taken";
        "请换一个名称。", "Choose another name." }
    DepartmentDepth "department_depth" 409 { "部门层级不能超过五级", "Departments have five levels at most";
        "请选择更上层的部门；有下级部门的部门只能在同一层级间移动。", "Choose a department further up. One with parts of its own moves on its level only." }
    DepartmentNotEmpty "department_not_empty" 409 { "部门下还有人员或下级部门", "People or departments are still in it";
        "请先移出人员和下级部门。", "Move them elsewhere first." }
    ForcedNeedsProof "forced_needs_proof" 403 { "请先证明这把锁在您手中", "Prove first that you have this key";
        "请插入这把锁，在「CA 绑定」中点击「获取 CA 编号」，再申请强制解绑。", "Plug the key in and read its number under CA binding, then ask for the forced unbinding." }
    SamePerson "same_person" 409 { "须由不同的两人审批", "Two different persons approve";
        "请由其他同事审批。", "Leave this to a colleague." }
    ClassConflict "class_conflict" 409 { "业务、审计、系统三类人员不能兼任", "Business, audit and system are done by different persons";
        "请为该人员只选择一类职责。", "Choose duties of one class only." }
    SecondFactorRequired "second_factor_required" 403 { "请先完成二次验证", "Show your second factor first";
        "请输入动态口令，或插入已登记的锁。", "Enter the one-time password, or plug the registered key in." }
    SecondFactorWrong "second_factor_wrong" 400 { "动态口令错误或已使用", "The one-time password is wrong or was used";
        "请等待下一组动态口令后重新输入。", "Wait for the next one and enter it." }

    // Documents
    TooLarge "too_large" 413 { "文件过大", "The file is too large";
        "请压缩或拆分后重新上传。", "Compress or split it and upload it again." }
    NotPdf "not_pdf" 400 { "不是 PDF 文件", "Not a PDF file";
        "请上传 PDF 文件。", "Upload a PDF." }
    PdfRefused "pdf_refused" 400 { "该 PDF 结构异常，无法签章", "This PDF is malformed and can't be sealed";
        "请用原软件重新导出 PDF 后再上传。", "Export it again from the program that made it, then upload it." }
    PageOutOfRange "page_out_of_range" 400 { "印章超出页面", "The seal lies outside the page";
        "请把印章拖到页面之内。", "Drag it inside the page." }
    KeywordNotFound "keyword_not_found" 400 { "文件中没有找到该关键字", "The keyword does not stand in the document";
        "请核对关键字；扫描件没有可读的文字，请改用其他方式签章。", "Check the keyword. A scan has no readable text: place the seal another way." }
    DocumentState "document_state" 409 { "文件当前状态不能进行此操作", "The document's state does not allow this";
        "请刷新页面查看文件的最新状态。", "Reload the page to see its state." }
    TicketState "ticket_state" 409 { "该工单已结束，或刚刚有变化", "The ticket is closed, or was changed just now";
        "请刷新页面查看最新内容；问题仍在的，请新建工单。", "Reload the page to see what is new; open another ticket if it is still wrong." }
    SealingExpired "sealing_expired" 409 { "签章准备已过期", "The prepared seal has lapsed";
        "请重新放置印章并签署。", "Place the seal and sign again." }
    SealMismatch "seal_mismatch" 400 { "签章结果与文件不符", "The signature does not fit the document";
        "请重新放置印章并签署。", "Place the seal and sign again." }
    SealState "seal_state" 409 { "该印章当前状态不能进行此操作", "The seal's state does not allow this";
        "请在「印章管理」中查看印章状态。", "See the seal's state under seals." }
    SealNeedsApproval "seal_needs_approval" 403 { "使用该印章须先经审批", "The use of this seal is approved first";
        "请为该文件申请用印，经印章管理员批准后再盖章。", "Ask for its use on this document, and seal once it is approved." }

    // Applications
    ApplicationState "application_state" 409 { "该申请当前状态不能进行此操作", "The application's state does not allow this";
        "请刷新页面查看申请的最新状态。", "Reload the page to see its state." }
    ApplicationVersion "application_version" 409 { "该申请已在别处修改", "The application was changed elsewhere";
        "请刷新页面，核对后重新填写。", "Reload the page, compare, and enter it again." }
    DutyConflict "duty_conflict" 403 { "同一申请的录入、审核、复核、制证须由不同人员办理", "Entry, review, second review and production of one application are done by different persons";
        "请由其他同事办理这一步。", "Leave this step to a colleague." }
    KeyNotActive "key_not_active" 409 { "该证书不能解锁，不在已生效状态", "The certificate can't be unlocked: it is not in effect";
        "收到 CA 锁后，请在「我的申请」中点击「确认收货」，证书即生效。", "Once the key has arrived, confirm its receipt under my applications; then it is in effect." }
    KeyBusy "key_busy" 409 { "这把锁已有在办的申请", "Another application on this key is under way";
        "请先完成或撤回原申请。", "Finish it, or take it back, first." }
    RenewalClosed "renewal_closed" 409 { "当前不能线上续期", "The certificate can't be renewed online now";
        "请按页面所示的方式办理，或拨打 CA 服务商热线。", "Go the way that the page shows, or call the CA's hotline." }
    CodeWrong "code_wrong" 400 { "验证码错误或已失效", "The code is wrong or has lapsed";
        "请核对后重新输入，或重新获取。", "Check it and enter it again, or ask for a new one." }
    AmountMismatch "amount_mismatch" 409 { "到账金额与应付金额不符", "What came is not what was owed";
        "请核对金额；多付、少付的款项应原路退回后重新支付。", "Compare the amounts. Money that does not fit goes back and is paid anew." }
    FontMissing "font_missing" 503 { "服务器缺少中文字体，无法生成表格", "The server has no Chinese font to set the form with";
        "请联系平台安装 fonts-noto-cjk，或先使用线下表格。", "Have the platform install fonts-noto-cjk, or use a paper form." }

    // Everything
    NotFound "not_found" 404 { "内容不存在", "Not found";
        "请返回列表重新选择。", "Go back to the list and choose again." }
    Forbidden "forbidden" 403 { "没有权限", "Not permitted";
        "请联系单位管理员。", "Ask your organisation's administrator." }
    Invalid "invalid" 400 { "填写的内容不正确", "Something entered is not valid";
        "请按提示修改后重新提交。", "Change it as shown and submit again." }
    RateLimited "rate_limited" 429 { "操作过于频繁", "Too many tries";
        "请稍候再试。", "Wait a little and try again." }
    Busy "busy" 503 { "系统繁忙", "The service is busy";
        "请稍候再试，已提交的内容不会丢失。", "Try again shortly. Nothing submitted is lost." }
    Internal "internal" 500 { "系统内部错误", "An internal error";
        "请稍后重试；仍然失败请联系平台客服。", "Try again later. If it still fails, call the platform's support." }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_has_its_own_name_and_says_what_to_do() {
        let names: HashSet<_> = ErrorCode::ALL.iter().map(|code| code.name()).collect();
        assert_eq!(names.len(), ErrorCode::ALL.len());
        for &code in ErrorCode::ALL {
            assert_eq!(serde_json::to_value(code).unwrap(), code.name());
            assert!((400..600).contains(&code.status()), "{}", code.name());
            for text in [code.message(), code.remedy()] {
                assert!(!text.zh.is_empty() && !text.en.is_empty());
            }
        }
    }

    #[test]
    fn the_manuals_messages_are_kept_to_the_letter() {
        assert_eq!(ErrorCode::NotBound.message().zh, "证书有效但未绑定");
        assert_eq!(ErrorCode::NoCertificate.message().zh, "无法获取证书");
        assert_eq!(ErrorCode::BoundElsewhere.message().zh, "已被多人绑定");
        assert_eq!(
            ErrorCode::DriverMissing.message().zh,
            "CA检测失败，未检测到驱动"
        );
    }
}
