//! Cases of the makers' libraries and clients.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 1,
        name: "driver_missing",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::SecondManual,
        symptom: w(
            "CA检测失败，未检测到驱动",
            "CA check failed: no driver was found",
        ),
        cause: w(
            "证书驱动或签章服务没有安装，或没有启动。",
            "The certificate driver or the seal service is not installed, or was not started.",
        ),
        steps: &[
            w(
                "驱动（证书驱动+签章服务）都要安装：安装平台最新提供的，原有的不用卸载。",
                "Install both parts, certificate driver and seal service, in the version that the platform offers; what is there need not be removed.",
            ),
            w(
                "安装时请退出杀毒软件，CA 锁先不要插在电脑上。",
                "Close the antivirus program while you install, and keep the key unplugged.",
            ),
            w(
                "启动服务，再插入 CA 锁，重新检测。",
                "Start the service, plug the key in, and look again.",
            ),
            w(
                "仍然提示未检测到驱动，请联系对应 CA 客服处理。",
                "If it is still not found, call that CA's support.",
            ),
        ],
        actions: &[
            Action::Downloads,
            Action::StartService,
            Action::Again,
            Action::Ticket,
        ],
        question: None,
    },
    Case {
        number: 2,
        name: "class_not_registered",
        link: Link::Driver,
        system: System::Windows,
        found: Found::Simulated,
        source: Source::FirstManual,
        symptom: w("没有注册类", "Class not registered"),
        cause: w(
            "旧控件没有注册，或只注册在另一种位数（32/64 位）的系统部分中。印信客户端不使用控件，仅旧页面需要。",
            "The vendor's control is not registered, or only for the other word size. The Yinxin client needs none; old pages do.",
        ),
        steps: &[
            w(
                "先重装 CA 驱动步骤二的程序。",
                "Install the program of step two of the CA's driver again.",
            ),
            w(
                "还是出现一样的问题，需要更换电脑使用；也可以改用印信客户端登录，不需要控件。",
                "If the same message comes, use another computer, or log in by the Yinxin client, which needs no control.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 8,
        name: "drivers_conflict",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w("驱动之间冲突报错", "Drivers are in each other's way"),
        cause: w(
            "同一驱动装了不止一份，或多家驱动争用同一把锁。印信让每个驱动在各自的进程中运行，互不影响。",
            "One driver is installed twice, or several reach for the same key. Yinxin runs each in a process of its own.",
        ),
        steps: &[
            w(
                "请先重装驱动（步骤二）。",
                "Install the driver (step two) again.",
            ),
            w(
                "按下方列出的路径，卸载重复的旧版本，只保留一份。",
                "Of those listed below remove the old copy, so that one is left.",
            ),
        ],
        actions: &[Action::RestartWorker, Action::Downloads, Action::Again],
        question: None,
    },
    Case {
        number: 9,
        name: "driver_hangs",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w(
            "签章过程中点击驱动程序的第一步打开证书无反应",
            "Opening the certificate, the first step of a seal, does nothing",
        ),
        cause: w(
            "驱动程序没有在规定时间内答复，多半是驱动损坏或卡死。",
            "The driver did not answer in time: it is broken or hung.",
        ),
        steps: &[
            w(
                "点击「重启驱动进程」，再试一次。",
                "Restart the driver's process and try again.",
            ),
            w(
                "仍无反应，请先重装驱动（步骤二）。",
                "If nothing happens, install the driver (step two) again.",
            ),
        ],
        actions: &[
            Action::RestartWorker,
            Action::Downloads,
            Action::Again,
            Action::Ticket,
        ],
        question: None,
    },
    Case {
        number: 10,
        name: "seal_service_missing",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Simulated,
        source: Source::SecondManual,
        symptom: w(
            "签章错误：未检测到密钥盘",
            "Sealing fails: no key disk was found",
        ),
        cause: w(
            "登录用的证书驱动正常，但签章服务没有安装或没有启动。用印信客户端签章不需要它，仅旧签章页面需要。",
            "The driver that logs in is in order, but the seal service is not installed or not running. Old pages need it; the Yinxin client does not.",
        ),
        steps: &[
            w(
                "安装安装包内的第二个程序（签章服务），并启动服务。",
                "Install the second program of the package, the seal service, and start it.",
            ),
            w("重插 CA 锁后再签章。", "Plug the key in again and seal."),
            w(
                "仍有看不懂的弹窗错误，请反馈截图以及联系方式和 QQ 号给客服。",
                "If messages come that you don't understand, send support a screenshot, your telephone and QQ number.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 31,
        name: "client_outdated",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("身份校验出错", "The identity check fails"),
        cause: w(
            "客户端或驱动版本过旧。",
            "The client or the driver is too old.",
        ),
        steps: &[
            w(
                "从「CA 下载」安装最新版本，原有数据会保留。",
                "Install the newest version from the downloads page; what you have is kept.",
            ),
            w(
                "安装后重启客户端，再重新检测。",
                "Start the client again, then look again.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again],
        question: None,
    },
    Case {
        number: 33,
        name: "bad_path",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("安装或启动失败", "Installing or starting fails"),
        cause: w(
            "程序装在含中文或特殊字符的路径下，或上次运行中断留下了残留文件。",
            "A path with Chinese or special characters, or files that an interrupted run left behind.",
        ),
        steps: &[
            w(
                "点击「清理残留文件」；没有用处的临时文件会被删除，签名记录不受影响。",
                "Clear what was left behind; the record of what was signed is not touched.",
            ),
            w(
                "安装目录请只用英文字母和数字，例如 C:\\yinxin。",
                "Install under a path of plain letters and digits, such as C:\\yinxin.",
            ),
        ],
        actions: &[Action::ClearStale, Action::Again],
        question: None,
    },
    Case {
        number: 34,
        name: "setup_name_clash",
        link: Link::Driver,
        system: System::Windows,
        found: Found::Simulated,
        source: Source::Desks,
        symptom: w("驱动安装中途退出", "Setup of the driver stops half-way"),
        cause: w(
            "系统目录 SysWOW64 中已有同名文件或文件夹，安装程序写不进去。",
            "A file or folder of that name lies in SysWOW64 already.",
        ),
        steps: &[
            w(
                "把下方列出的文件改名（例如末尾加 .old）。",
                "Rename what is listed below, for example by adding .old.",
            ),
            w(
                "以管理员身份重新运行安装程序。",
                "Run setup again as administrator.",
            ),
        ],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 48,
        name: "driver_unloadable",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Own,
        symptom: w("驱动程序无法加载", "A driver can't be loaded"),
        cause: w(
            "驱动文件损坏、缺少依赖，或与系统位数（32/64 位）不一致。",
            "Its file is damaged, lacks something, or has the other word size.",
        ),
        steps: &[
            w(
                "重新安装该驱动程序，并选择与系统位数一致的版本。",
                "Install this driver again, in the word size of the system.",
            ),
            w(
                "重启驱动进程后重新检测。",
                "Restart the driver's process and look again.",
            ),
        ],
        actions: &[
            Action::RestartWorker,
            Action::Downloads,
            Action::Again,
            Action::Ticket,
        ],
        question: None,
    },
    Case {
        number: 49,
        name: "catalogue_stale",
        link: Link::Driver,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Own,
        symptom: w(
            "CA 目录不完整或过旧",
            "The catalogue of CAs is incomplete or old",
        ),
        cause: w(
            "客户端所带的 CA 目录缺少信任锚，或半年以上没有更新，新的 CA 会认不出来。",
            "It lacks anchors, or is more than half a year old: new CAs are not recognised.",
        ),
        steps: &[w(
            "更新客户端；或补齐信任锚文件，以 --anchors 指明所在目录。",
            "Update the client, or supply the anchor files and name their folder by --anchors.",
        )],
        actions: &[Action::Downloads, Action::Again],
        question: None,
    },
];
