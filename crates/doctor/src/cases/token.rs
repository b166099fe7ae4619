//! Cases of the device and its PIN.

use crate::case::{Action, Case, Found, Link, Source, System, w};

pub(crate) const CASES: &[Case] = &[
    Case {
        number: 3,
        name: "key_not_found",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::FirstManual,
        symptom: w("无法获取证书", "No certificate could be read"),
        cause: w(
            "CA 锁没有插入电脑，或 USB 接口接触不良。",
            "The key is not plugged in, or the port is bad.",
        ),
        steps: &[
            w(
                "请先确认 CA 是否已经插入电脑，CA 证书管理工具（客户端「CA 锁」页）上是否有显示 CA 的信息。",
                "Make sure that the key is plugged in, and see whether the client's page of keys shows it.",
            ),
            w(
                "先排除计算机接口问题：换一个 USB 口重插，不要经过集线器。",
                "Rule out the port: try another one, without a hub.",
            ),
            w(
                "若以上条件都确认无误，再重装驱动（步骤二）。",
                "If all of that is right, install the driver (step two) again.",
            ),
        ],
        actions: &[Action::Again, Action::Downloads, Action::Ticket],
        question: None,
    },
    Case {
        number: 17,
        name: "usb_unknown",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("未知的 USB 设备", "An unknown USB device"),
        cause: w(
            "电脑看到了这把锁，但没有驱动能打开它：USB 口供电不足、经过集线器，或驱动没有签名。",
            "The computer sees the device and no driver opens it: a weak port, a hub, or a driver without a signature.",
        ),
        steps: &[
            w(
                "插到机箱背面的 USB 口，不经过集线器或延长线。",
                "Use a port at the back, without hub or extension.",
            ),
            w(
                "安装该型号的驱动（已签名版本），再重新检测。",
                "Install the signed driver of this model, then look again.",
            ),
        ],
        actions: &[Action::Downloads, Action::Again, Action::Ticket],
        question: None,
    },
    Case {
        number: 18,
        name: "card_backwards",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Simulated,
        source: Source::Desks,
        symptom: w(
            "读卡器中的卡没有反应",
            "The card in the reader does not answer",
        ),
        cause: w(
            "读卡器在，卡没有应答：多半是插反了或没有插到底。",
            "The reader is there and the card does not answer: it is in backwards, or not all the way.",
        ),
        steps: &[
            w(
                "取出卡片，芯片（金色触点）朝上、朝里，插到底。",
                "Take it out; the golden contacts go up and in first, all the way.",
            ),
            w("用软布擦拭触点后再试。", "Wipe the contacts and try again."),
        ],
        actions: &[Action::Again],
        question: Some(w(
            "您用的是插卡式证书，卡片的金色芯片是否朝上、朝里插到底？如果不是，请看这里。",
            "Is yours a card, and do its golden contacts point up and in? If not, look here.",
        )),
    },
    Case {
        number: 19,
        name: "pin_wrong",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("PIN 码错误", "The PIN is wrong"),
        cause: w(
            "输入的 PIN 码不对，剩余次数已减少；次数用完锁会被锁死。",
            "A wrong PIN was entered and tries are used up; after the last one the key locks.",
        ),
        steps: &[
            w(
                "核对 PIN 码、大小写和小键盘后再输入，留意剩余次数。",
                "Check the PIN, capitals and the number pad, and mind the tries that are left.",
            ),
            w(
                "只剩最后一次时不要再试，先与单位管理员核对。",
                "With one try left don't try: ask the administrator first.",
            ),
        ],
        actions: &[Action::Unlock],
        question: None,
    },
    Case {
        number: 20,
        name: "pin_locked",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("PIN 码已锁死", "The PIN is locked"),
        cause: w(
            "连续输错，次数已用完。锁内证书没有丢失。",
            "All tries are used up. Nothing on the key is lost.",
        ),
        steps: &[
            w(
                "在平台「CA 办理」中申请在线解锁，审核后设置新的 PIN 码。",
                "Apply for an unlocking on the platform; after its review you set a new PIN.",
            ),
            w(
                "不能在线解锁的 CA，请拨打其热线或到网点办理。",
                "For a CA that does not unlock online call its hotline or go to its counter.",
            ),
        ],
        actions: &[Action::Unlock, Action::Ticket],
        question: None,
    },
    Case {
        number: 21,
        name: "pin_weak",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Named,
        source: Source::Desks,
        symptom: w("新 PIN 码过于简单，被拒绝", "A weak new PIN is refused"),
        cause: w(
            "新 PIN 码不符合该 CA 的规则；检查在本机进行，没有向锁发送任何内容。",
            "It breaks a rule of this CA. It was looked at here, and nothing was sent to the key.",
        ),
        steps: &[w(
            "在客户端「CA 锁」页的修改 PIN 码向导中，按列出的各项要求设置。",
            "Use the client's wizard for a new PIN, which shows each rule.",
        )],
        actions: &[],
        question: None,
    },
    Case {
        number: 22,
        name: "pin_forgotten",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Asked,
        source: Source::Desks,
        symptom: w("忘记了初始 PIN 码", "The first PIN is not known"),
        cause: w(
            "各家 CA 的初始 PIN 码规则不同；程序不会替您尝试。",
            "Each CA has a rule of its own for it. The program never tries any.",
        ),
        steps: &[
            w(
                "查看随锁寄出的密码信封或受理短信；初始 PIN 码的规则见该 CA 的说明。",
                "Look at the letter or message that came with the key, and at the CA's own rule.",
            ),
            w(
                "不要反复尝试；找不到请申请解锁，重新设置 PIN 码。",
                "Don't guess. If you can't find it, apply for an unlocking and set a new one.",
            ),
        ],
        actions: &[Action::Unlock, Action::Ticket],
        question: Some(w(
            "是否第一次使用这把锁，不知道初始 PIN 码？",
            "Is this key new to you, and you don't know its first PIN?",
        )),
    },
    Case {
        number: 39,
        name: "device_busy",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("设备正被占用", "The device is busy"),
        cause: w(
            "另一个程序独占了这把锁。",
            "Another program holds the key for itself.",
        ),
        steps: &[
            w(
                "关闭下方所列的程序（多为 CA 自带的管理工具或旧签章程序）。",
                "Close the program below: mostly a CA's own tool, or an old sealing program.",
            ),
            w(
                "重插 CA 锁后重试。",
                "Plug the key in again and try once more.",
            ),
        ],
        actions: &[Action::RestartWorker, Action::Again],
        question: None,
    },
    Case {
        number: 40,
        name: "key_pulled",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w(
            "操作过程中 CA 锁被拔出",
            "The key was pulled out while it was in use",
        ),
        cause: w(
            "签名还没有完成，锁就断开了；未完成的操作没有生效。",
            "The key went before the signature was made. What was not finished had no effect.",
        ),
        steps: &[w(
            "重新插入同一把锁，再操作一次；已完成的步骤不会重复。",
            "Plug the same key in and go on; what was done is not done twice.",
        )],
        actions: &[Action::Again],
        question: None,
    },
    Case {
        number: 41,
        name: "several_keys",
        link: Link::Token,
        system: System::Desktop,
        found: Found::Checked,
        source: Source::Desks,
        symptom: w("插入了多把 CA 锁", "Several keys are plugged in"),
        cause: w(
            "程序不会替您猜用哪一把。",
            "The program does not guess which one you mean.",
        ),
        steps: &[w(
            "在客户端窗口中按单位名称和到期日选择要用的锁；或拔出不用的。",
            "Pick one by name and expiry in the client's window, or pull out the others.",
        )],
        actions: &[],
        question: None,
    },
];
