//! Cases of the client on the desktop.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 7,
        name: "client_quarantined",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w(
            "点击证书登录页面无反应",
            "Clicking certificate login does nothing",
        ),
        cause: w(
            "客户端或驱动文件被杀毒软件误删（例如 C:\\sxca\\sxca.exe）。",
            "The antivirus program took the client or the driver for harmful and removed it (C:\\sxca\\sxca.exe, for one).",
        ),
        steps: &[
            w("第一步：打开 360 安全卫士。", "Step 1: open 360 安全卫士."),
            w(
                "第二步：点击 360 安全卫士左下角的“防护中心”按钮。",
                "Step 2: click 防护中心 at the lower left.",
            ),
            w(
                "第三步：点击右上角的“日志记录”。",
                "Step 3: click 日志记录 at the upper right.",
            ),
            w(
                "第四步：点击左侧栏目的“被删除的文件”。",
                "Step 4: click 被删除的文件 in the column on the left.",
            ),
            w(
                "第五步：找到被误杀的“C:\\sxca\\sxca.exe”的项，选中点击恢复。并在弹出框中勾选“恢复后信任此文件”。",
                "Step 5: find the entry C:\\sxca\\sxca.exe (or the file below), select and restore it, and tick 恢复后信任此文件 in the window that opens.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 16,
        name: "site_not_allowed",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "工具能读到锁，网页读不到",
            "The tool reads the key, the page does not",
        ),
        cause: w(
            "该网站没有被允许使用 CA 锁，或网页找的是另一家的客户端。",
            "The site may not use the key, or it asks another vendor's client.",
        ),
        steps: &[
            w(
                "请从平台的正式网址（https）进入。",
                "Open the platform by its proper address (https).",
            ),
            w(
                "确需使用的网站，在客户端「网站」页中启用，再回到网页重试。",
                "If you need this site, enable it under sites in the client, then try again.",
            ),
        ],
        actions: &[Action::AllowOrigin, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 38,
        name: "remote_session",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "远程桌面或虚拟机中看不到 CA 锁",
            "A remote desktop or a virtual machine sees no key",
        ),
        cause: w(
            "锁插在眼前的电脑上，程序却运行在另一台机器里，USB 没有转接过去。",
            "The key is plugged into this computer, the program runs on another, and the USB port is not passed on.",
        ),
        steps: &[
            w(
                "请在插着锁的这台电脑上直接操作。",
                "Work on the computer that the key is plugged into.",
            ),
            w(
                "确需在虚拟机或远程桌面中使用，请把该 USB 设备转接进去。",
                "If you must, pass the USB device on to the virtual machine or the remote session.",
            ),
        ],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 45,
        name: "port_taken",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "端口被占用，或本机地址被代理劫持",
            "The port is taken, or a proxy stands before this computer's own address",
        ),
        cause: w(
            "其他程序或另一位用户占用了客户端的全部端口，或代理设置没有把 127.0.0.1 除外。",
            "Other programs, or another user, hold all the client's ports, or the proxy does not leave out 127.0.0.1.",
        ),
        steps: &[
            w(
                "点击「换用下一个端口」；全部占用时，请关闭下方所列程序，或注销另一位用户后重试。",
                "Take the next port. Where all are taken, close the programs listed below or log the other user out.",
            ),
            w(
                "在代理设置的例外中加入 127.0.0.1 和 localhost。",
                "Add 127.0.0.1 and localhost to the proxy's exceptions.",
            ),
        ],
        actions: &[Action::NextPort, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 47,
        name: "agent_not_running",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::SecondManual,
        symptom: w(
            "CA检测失败，未检测到客户端",
            "CA check failed: the client does not answer",
        ),
        cause: w(
            "印信客户端没有安装，或服务没有启动。",
            "The Yinxin client is not installed, or its service was not started.",
        ),
        steps: &[
            w(
                "点击「启动服务」，或从开始菜单打开印信客户端（yinxin-agent serve）。",
                "Start the service, or open the client (yinxin-agent serve).",
            ),
            w(
                "尚未安装，请到「CA 下载」下载安装。",
                "If it is not installed, get it from the downloads page.",
            ),
            w(
                "装过却启动不了，请查看是否被杀毒软件误删。",
                "If it was installed and does not start, see whether the antivirus program removed it.",
            ),
        ],
        actions: &[
            Action::StartService,
            Action::Reregister,
            Action::Downloads,
            Action::Again,
            Action::Ticket,
        ],
        question: None,
    },
    Case {
        number: 50,
        name: "disk_full",
        link: Link::Agent,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Own,
        symptom: w("客户端无法写入文件", "The client can't write its files"),
        cause: w(
            "磁盘已满，或客户端的数据目录不可写。签名记录写不下，签章会被拒绝。",
            "The disk is full, or the client's folder can't be written to. Without its record nothing is signed.",
        ),
        steps: &[
            w("清理磁盘，至少空出 100 MB。", "Make room: 100 MB at least."),
            w(
                "点击「清理残留文件」，再重新检测。",
                "Clear what was left behind, then look again.",
            ),
        ],
        actions: &[Action::ClearStale, Action::Again],
        question: None,
    },
    Case {
        number: 51,
        name: "no_display",
        link: Link::Agent,
        system: System::Linux,
        found: Found::Checked,
        source: Source::Own,
        symptom: w("没有弹出 PIN 码窗口", "No window asks for the PIN"),
        cause: w(
            "没有图形桌面，或没有 pinentry 程序；此时 PIN 码在客户端自己的网页中输入。",
            "There is no desktop, or no pinentry program; the PIN is then entered on the client's own page.",
        ),
        steps: &[w(
            "在客户端网页中输入 PIN 码；需要独立窗口，请安装 pinentry-gtk2 或 pinentry-qt。",
            "Enter it on the client's page. For a window of its own install pinentry-gtk2 or pinentry-qt.",
        )],
        actions: &[Action::Again],
        question: None,
    },
];
