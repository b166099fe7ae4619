//! What Linux tells of devices, programs and sessions: `/proc`, `/sys`, the environment. On other systems these
//! files are not there and nothing is seen.
//!
//! Sources: proc(5), sysfs(5); the ports of other CAs' clients are those that their pages call.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use catalogue::Modules;
use contract::Text;
use doctor::machine::{ClientPart, ClientSeen, HolderSeen, ProxySeen, SessionSeen, UsbSeen};
use doctor::{Answer, Unseen};

/// Most processes that are looked through.
const MOST_PROCESSES: usize = 4000;

/// Ports on which other CAs' clients listen.
const CLIENTS: [(&str, &str, &[u16]); 7] = [
    ("北京CA", "BJCA", &[21051, 21061]),
    ("深圳CA", "Shenzhen CA", &[21317, 18981]),
    ("天威诚信、四川CA", "iTrusChina, Sichuan CA", &[7256]),
    ("网证通", "NETCA", &[10443, 20443, 30443]),
    ("浙江CA", "Zhejiang CA", &[5150, 6368, 6150]),
    ("湖南CA、龙脉", "Hunan CA, Longmai", &[51235, 51245]),
    ("新点", "Epoint", &[11345]),
];

/// USB devices that the catalogue knows for keys.
pub(super) fn usb(root: &Path, modules: &Modules, reached: &[PathBuf]) -> Vec<UsbSeen> {
    let Ok(entries) = fs::read_dir(root.join("sys/bus/usb/devices")) else {
        return Vec::new();
    };
    let word = |folder: &Path, name: &str| -> Option<u16> {
        let text = fs::read_to_string(folder.join(name)).ok()?;
        u16::from_str_radix(text.trim(), 16).ok()
    };
    let mut found: BTreeMap<(u16, u16), Option<UsbSeen>> = BTreeMap::new();
    for entry in entries.flatten().take(500) {
        let folder = entry.path();
        let (Some(vendor), Some(product)) = (word(&folder, "idVendor"), word(&folder, "idProduct"))
        else {
            continue;
        };
        found.entry((vendor, product)).or_insert_with(|| {
            let module = modules.iter().find(|module| {
                module
                    .usb
                    .iter()
                    .any(|usb| usb.vendor == vendor && usb.product == product)
            })?;
            Some(UsbSeen {
                id: format!("{vendor:04x}:{product:04x}"),
                name: Some(Text::new(&module.name.zh, &module.name.en)),
                error: None,
                reached: reached.iter().any(|library| {
                    modules
                        .of_library(library)
                        .is_some_and(|other| other.id == module.id)
                }),
            })
        });
    }
    found.into_values().flatten().collect()
}

/// Programs of this user that hold a USB or HID device.
pub(super) fn holders(root: &Path) -> Vec<HolderSeen> {
    let is_device = |target: &Path| {
        let text = target.to_string_lossy();
        text.starts_with("/dev/bus/usb/") || text.starts_with("/dev/hidraw")
    };
    let own = std::process::id();
    processes(root)
        .into_iter()
        .filter(|(pid, folder)| {
            *pid != own && open_files(folder).iter().any(|file| is_device(file))
        })
        .map(|(pid, folder)| HolderSeen {
            process: name_of(&folder),
            pid,
        })
        .filter(|holder| !holder.process.starts_with("yinxin-"))
        .take(10)
        .collect()
}

/// The name of the program of this user that listens on a port.
pub(super) fn listener(root: &Path, port: u16) -> Option<String> {
    let inode = listening(root)
        .into_iter()
        .find(|(other, _)| *other == port)?
        .1;
    owner_of(root, inode)
}

/// Other CAs' clients, by the ports that they listen on.
pub(super) fn clients(root: &Path) -> Answer<Vec<ClientSeen>> {
    if !root.join("proc/net/tcp").exists() {
        return Err(Unseen::NotHere);
    }
    let listening: BTreeMap<u16, u64> = listening(root).into_iter().collect();
    let mut seen = Vec::new();
    for (zh, en, ports) in CLIENTS {
        let Some((port, inode)) = ports
            .iter()
            .find_map(|port| Some((*port, *listening.get(port)?)))
        else {
            continue;
        };
        // Our own place-holder for pages of those clients is none of them.
        if owner_of(root, inode).is_some_and(|name| name.starts_with("yinxin-")) {
            continue;
        }
        seen.push(ClientSeen {
            vendor: Text::new(zh, en),
            part: ClientPart::Driver,
            installed: true,
            running: Some(true),
            port: Some(port),
        });
    }
    Ok(seen)
}

/// Where the session comes from.
pub(super) fn session(environment: fn(&str) -> Option<OsString>, root: &Path) -> SessionSeen {
    let windows_remote =
        environment("SESSIONNAME").is_some_and(|name| name.to_string_lossy().starts_with("RDP-"));
    let remote = if environment("XRDP_SESSION").is_some() || windows_remote {
        Some("rdp")
    } else if environment("SSH_CONNECTION").is_some() {
        Some("ssh")
    } else if environment("VNCDESKTOP").is_some() {
        Some("vnc")
    } else {
        None
    };
    let vendor = ["sys_vendor", "product_name"].iter().find_map(|file| {
        let text = fs::read_to_string(root.join("sys/class/dmi/id").join(file)).ok()?;
        let text = text.trim().to_owned();
        let virtual_ones = [
            "VMware",
            "VirtualBox",
            "innotek",
            "QEMU",
            "KVM",
            "Xen",
            "Parallels",
            "Virtual Machine",
            "Bochs",
        ];
        virtual_ones
            .iter()
            .any(|mark| text.contains(mark))
            .then_some(text)
    });
    SessionSeen {
        remote: remote.map(str::to_owned),
        virtual_machine: vendor,
    }
}

/// Proxies of the environment, and whether they stand before this computer's own address.
pub(super) fn proxy(environment: fn(&str) -> Option<OsString>) -> ProxySeen {
    let names = ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"];
    let proxies: Vec<String> = names
        .into_iter()
        .filter(|name| environment(name).is_some())
        // The address may hold a password.
        .map(str::to_owned)
        .collect();
    let left_out = ["no_proxy", "NO_PROXY"]
        .into_iter()
        .filter_map(environment)
        .any(|list| {
            list.to_string_lossy()
                .split(',')
                .map(str::trim)
                .any(|entry| matches!(entry, "*" | "127.0.0.1" | "127.0.0.0/8" | "localhost"))
        });
    ProxySeen {
        takes_loopback: !proxies.is_empty() && !left_out,
        proxies,
    }
}

/// Ports on which somebody listens, with the inodes of their sockets.
fn listening(root: &Path) -> Vec<(u16, u64)> {
    let mut found = Vec::new();
    for table in ["proc/net/tcp", "proc/net/tcp6"] {
        let text = fs::read_to_string(root.join(table)).unwrap_or_default();
        for line in text.lines().skip(1) {
            let fields: Vec<&str> = line.split_ascii_whitespace().collect();
            // 0A is TCP_LISTEN; field 9 is the inode.
            let (Some(local), Some(&"0A"), Some(inode)) =
                (fields.get(1), fields.get(3), fields.get(9))
            else {
                continue;
            };
            let port = local
                .rsplit_once(':')
                .and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
            if let (Some(port), Ok(inode)) = (port, inode.parse()) {
                found.push((port, inode));
            }
        }
    }
    found
}

fn owner_of(root: &Path, inode: u64) -> Option<String> {
    let wanted = PathBuf::from(format!("socket:[{inode}]"));
    processes(root)
        .into_iter()
        .find(|(_, folder)| open_files(folder).contains(&wanted))
        .map(|(_, folder)| name_of(&folder))
}

fn processes(root: &Path) -> Vec<(u32, PathBuf)> {
    let Ok(entries) = fs::read_dir(root.join("proc")) else {
        return Vec::new();
    };
    entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            Some((pid, entry.path()))
        })
        .take(MOST_PROCESSES)
        .collect()
}

/// What a process has open; another user's can't be read.
fn open_files(process: &Path) -> BTreeSet<PathBuf> {
    let Ok(entries) = fs::read_dir(process.join("fd")) else {
        return BTreeSet::new();
    };
    entries
        .flatten()
        .take(1000)
        .filter_map(|entry| fs::read_link(entry.path()).ok())
        .collect()
}

fn name_of(process: &Path) -> String {
    fs::read_to_string(process.join("comm"))
        .map_or_else(|_| "?".to_owned(), |name| name.trim().to_owned())
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    /// A made-up root with these files.
    fn root(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    #[test]
    fn a_key_on_the_bus_that_no_library_reaches_is_named_and_other_devices_are_not() {
        let modules = crate::modules::shipped().unwrap();
        let root = root(&[
            ("sys/bus/usb/devices/1-1/idVendor", "055c\n"),
            ("sys/bus/usb/devices/1-1/idProduct", "db08\n"),
            ("sys/bus/usb/devices/1-2/idVendor", "046d\n"),
            ("sys/bus/usb/devices/1-2/idProduct", "c52b\n"),
            ("sys/bus/usb/devices/1-3/idVendor", "not a number"),
        ]);
        let seen = usb(root.path(), &modules, &[]);
        assert_eq!(seen.len(), 1);
        assert_eq!(seen[0].id, "055c:db08");
        assert!(!seen[0].reached);
        let library = PathBuf::from("/opt/lm-gm3000/lib/libgm3000.1.0.so");
        assert!(usb(root.path(), &modules, &[library])[0].reached);
    }

    #[test]
    fn the_program_behind_a_port_or_a_device_is_named() {
        let table = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:1C58 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1\n";
        let root = root(&[
            ("proc/net/tcp", table),
            ("proc/77/comm", "TopCertKit\n"),
            ("proc/78/comm", "sxca-tool\n"),
        ]);
        for (pid, target) in [(77, "socket:[4242]"), (78, "/dev/bus/usb/001/004")] {
            let folder = root.path().join(format!("proc/{pid}/fd"));
            fs::create_dir_all(&folder).unwrap();
            symlink(target, folder.join("3")).unwrap();
        }
        assert_eq!(listener(root.path(), 7256).as_deref(), Some("TopCertKit"));
        assert_eq!(listener(root.path(), 17590), None);
        let held = holders(root.path());
        assert_eq!(
            (held.len(), &held[0].process[..], held[0].pid),
            (1, "sxca-tool", 78)
        );
        let clients = clients(root.path()).unwrap();
        assert_eq!((clients.len(), clients[0].port), (1, Some(7256)));
        fs::write(root.path().join("proc/77/comm"), "yinxin-agent\n").unwrap();
        assert!(
            super::clients(root.path()).unwrap().is_empty(),
            "our own place-holder"
        );
    }

    #[test]
    fn a_remote_session_a_virtual_machine_and_a_proxy_are_told() {
        let vm = root(&[("sys/class/dmi/id/sys_vendor", "VMware, Inc.\n")]);
        let seen = session(
            |name| (name == "SSH_CONNECTION").then(|| "x".into()),
            vm.path(),
        );
        assert_eq!(seen.remote.as_deref(), Some("ssh"));
        assert_eq!(seen.virtual_machine.as_deref(), Some("VMware, Inc."));
        let desk = root(&[("sys/class/dmi/id/sys_vendor", "LENOVO\n")]);
        assert_eq!(session(|_| None, desk.path()), SessionSeen::default());
        assert!(
            proxy(|name| (name == "http_proxy").then(|| "http://u:secret@p".into())).takes_loopback
        );
        let left_out = proxy(|name| match name {
            "http_proxy" => Some("http://u:secret@p".into()),
            "no_proxy" => Some("example.cn, 127.0.0.1".into()),
            _ => None,
        });
        assert!(!left_out.takes_loopback);
        assert!(!format!("{left_out:?}").contains("secret"));
    }
}
