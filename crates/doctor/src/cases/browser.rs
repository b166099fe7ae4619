//! Cases of the browser.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 12,
        name: "browser_unsupported",
        link: Link::Browser,
        system: System::Browser,
        found: Found::Checked,
        source: Source::SecondManual,
        symptom: w(
            "浏览器不兼容（IE10 等）",
            "This browser does not work here (IE10, for one)",
        ),
        cause: w(
            "浏览器推荐使用 chrome 浏览器；目前 CFCA 必须谷歌浏览器，四川 CA、天威 CA 在 ie10 下有兼容问题。",
            "Chrome is recommended. CFCA needs it; Sichuan CA and iTrusChina have faults under IE10.",
        ),
        steps: &[
            w(
                "请改用 Chrome、Edge（新版）、Firefox，或 360、奇安信等浏览器的极速模式。",
                "Use Chrome, a recent Edge or Firefox, or the fast mode of 360 or Qianxin.",
            ),
            w(
                "用新浏览器打开本页，重新检测。",
                "Open this page there and look again.",
            ),
        ],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 13,
        name: "insecure_page",
        link: Link::Browser,
        system: System::Browser,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "浏览器提示 blocked by CORS … loopback",
            "The browser says: blocked by CORS … loopback",
        ),
        cause: w(
            "网页以 http 打开，不是安全页面，新版浏览器不让它访问本机。",
            "The page came by http. Recent browsers keep such pages from this computer.",
        ),
        steps: &[
            w(
                "请从平台的正式网址（https 开头）进入。",
                "Open the platform by its proper address, which begins with https.",
            ),
            w(
                "网址无误仍有此提示，请告知平台启用 https。",
                "If the address is right, tell the platform to serve https.",
            ),
        ],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 14,
        name: "loopback_denied",
        link: Link::Browser,
        system: System::Browser,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "网页与客户端的连接无声失败（Chrome 147 及以上）",
            "The connection to the client fails silently (Chrome 147 and later)",
        ),
        cause: w(
            "浏览器的“本地网络访问”权限被拒绝。印信通过弹出窗口连接，不受影响；旧控件页面会失败。",
            "The permission for access to the local network was denied. Yinxin goes by a window and works; old pages fail.",
        ),
        steps: &[
            w(
                "点击地址栏左侧的图标，在“网站设置”中把“本地网络访问”改为允许。",
                "Click the icon left of the address and allow access to the local network under the site's settings.",
            ),
            w(
                "单位统一管理的电脑，请管理员在策略 LoopbackNetworkAllowedForUrls 中加入本平台。",
                "On a managed computer have the administrator add this platform to LoopbackNetworkAllowedForUrls.",
            ),
        ],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 15,
        name: "framed_without_permission",
        link: Link::Browser,
        system: System::Browser,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("只在嵌入的页面中失败", "It fails only inside another page"),
        cause: w(
            "本页被嵌在另一个网页的框架里，该框架没有开放本机访问（allow=\"loopback-network\"）。",
            "This page stands in a frame of another, which lacks allow=\"loopback-network\".",
        ),
        steps: &[
            w(
                "请在独立的标签页中打开平台。",
                "Open the platform in a tab of its own.",
            ),
            w(
                "请外层网站为框架加上 allow=\"loopback-network\"。",
                "Have the outer site set allow=\"loopback-network\" on its frame.",
            ),
        ],
        actions: &[Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 37,
        name: "popup_blocked",
        link: Link::Browser,
        system: System::Browser,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "弹出窗口或打印窗口没有出现",
            "The pop-up or print window does not come",
        ),
        cause: w(
            "浏览器或安全软件拦截了弹出窗口。",
            "The browser or a security program blocked it.",
        ),
        steps: &[
            w(
                "点击地址栏右侧的拦截图标，选择“始终允许本网站弹出窗口”。",
                "Click the icon at the right of the address bar and always allow this site's pop-up windows.",
            ),
            w("回到本页再点一次。", "Come back and click once more."),
        ],
        actions: &[Action::Again],
        question: None,
    },
];
