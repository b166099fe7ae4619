//! Processes that die in the middle of a write.
//!
//! A test starts this test program again as a child that runs one operation on a device and stops at a named
//! step; the parent kills it there (SIGKILL, so nothing is flushed or undone) and looks at the device.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use skf_abi::codes;

use crate::application::{self, Application, Making};
use crate::container::{self, Container};
use crate::device::{Device, encrypt_block};
use crate::files;
use crate::keys::sm2;
use crate::pairs::{Envelope, PublicKeyBlob, Usage};
use crate::sar::Sar;
use crate::state::FACTORY_DEVICE_KEY;

const USER: &[u8] = b"20261122";
const ADMIN: &[u8] = b"admin-2026";
const NEW: &[u8] = b"new-pin-1";

/// Stops the process here for ever when it is the child and this is its step: `name#n`, the nth time.
pub fn step(name: &str) {
    static TIMES: Mutex<BTreeMap<String, usize>> = Mutex::new(BTreeMap::new());
    let Ok(stop_at) = std::env::var("YINXIN_TEST_STOP_AT") else {
        return;
    };
    let mut times = TIMES.lock().unwrap();
    let count = times.entry(name.to_owned()).or_default();
    *count += 1;
    if stop_at == format!("{name}#{count}") {
        let mut output = std::io::stdout();
        let _ = output.write_all(b"\nstopped\n");
        let _ = output.flush();
        loop {
            std::thread::park();
        }
    }
}

/// Authenticates, as an initialisation station does.
fn authenticated(name: &str) -> Arc<Device> {
    let device = Arc::new(Device::connect(name).unwrap());
    let mut block = [0; 16];
    device.random(&mut block[..8]).unwrap();
    device
        .authenticate(&encrypt_block(FACTORY_DEVICE_KEY, block).unwrap())
        .unwrap();
    device
}

fn prepare(tries: u32) -> (tempfile::TempDir, std::sync::MutexGuard<'static, ()>) {
    // One test at a time in this process: the drawer is found by the environment.
    static TURN: Mutex<()> = Mutex::new(());
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let drawer = tempfile::tempdir().unwrap();
    std::fs::create_dir(drawer.path().join("key-1")).unwrap();
    std::fs::write(drawer.path().join("key-1/plugged"), b"").unwrap();
    set_drawer(drawer.path());
    let device = authenticated("key-1");
    let making = Making {
        name: "app",
        admin: (ADMIN, 3),
        user: (USER, tries),
        file_rights: codes::SECURE_USER_ACCOUNT,
    };
    let application = Arc::new(application::create(&device, &making).unwrap());
    application
        .verify_pin(codes::USER_TYPE, USER)
        .result
        .unwrap();
    let made = container::create(&application, "c").unwrap();
    made.generate(sm2::generate).unwrap();
    (drawer, turn)
}

#[allow(unsafe_code)]
fn set_drawer(path: &Path) {
    #[allow(clippy::disallowed_methods)]
    // SAFETY: the tests that use the environment take turns, and no other thread of this program reads it.
    unsafe {
        std::env::set_var("YINXIN_SOFT_DRAWER", path);
    }
}

/// Starts the child for `operation`, and kills it when it stops at `stop_at`.
fn killed_at(drawer: &Path, operation: &str, stop_at: &str) {
    let mut child = start_child(drawer, operation, stop_at);
    let output = BufReader::new(child.stdout.take().unwrap());
    let stopped = output
        .lines()
        .map_while(Result::ok)
        .any(|line| line == "stopped");
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(stopped, "{operation} never came to {stop_at:?}");
}

fn start_child(drawer: &Path, operation: &str, stop_at: &str) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash_tests::child", "--nocapture", "--ignored"])
        .env("YINXIN_SOFT_DRAWER", drawer)
        .env("YINXIN_TEST_OPERATION", operation)
        .env("YINXIN_TEST_STOP_AT", stop_at)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

#[test]
#[ignore = "the child of the tests below"]
fn child() {
    let Ok(operation) = std::env::var("YINXIN_TEST_OPERATION") else {
        return;
    };
    let device = Arc::new(Device::connect("key-1").unwrap());
    let application = Arc::new(Application::open(&device, "app").unwrap());
    match operation.as_str() {
        "wrong pin" => drop(application.verify_pin(codes::USER_TYPE, b"00000000")),
        "right pin" => drop(application.verify_pin(codes::USER_TYPE, USER)),
        "change pin" => drop(application.change_pin(codes::USER_TYPE, USER, NEW)),
        "unblock" => drop(application.unblock_pin(ADMIN, NEW)),
        "write file" => {
            let tried = application.verify_pin(codes::USER_TYPE, USER);
            tried.result.unwrap();
            let _ = files::write(&application, "notes", 0, &[2; 8]);
        }
        "import pair" => {
            let tried = application.verify_pin(codes::USER_TYPE, USER);
            tried.result.unwrap();
            let container = container::open(&application, "c").unwrap();
            let _ = container.import_sm2(&envelope(&container, 2));
        }
        "guess often" => {
            for _ in 0..4 {
                let _ = application.verify_pin(codes::USER_TYPE, b"00000000");
            }
        }
        other => panic!("{other}"),
    }
}

fn tries_left() -> u32 {
    let device = Arc::new(Device::connect("key-1").unwrap());
    Application::open(&device, "app")
        .unwrap()
        .pin_info(codes::USER_TYPE)
        .unwrap()
        .1
}

/// Whether `pin` opens the key and the key signs.
fn signs_with(pin: &[u8]) -> Result<(), Sar> {
    let device = Arc::new(Device::connect("key-1")?);
    let application = Arc::new(Application::open(&device, "app")?);
    application.verify_pin(codes::USER_TYPE, pin).result?;
    container::open(&application, "c")?
        .sign_sm2(&[1; 32])
        .map(drop)
}

#[test]
fn a_wrong_guess_costs_its_try_even_when_the_process_dies_before_it_compares() {
    let (drawer, _turn) = prepare(6);
    killed_at(drawer.path(), "wrong pin", "tries lowered#1");
    assert_eq!(tries_left(), 5);
    killed_at(drawer.path(), "right pin", "tries lowered#1");
    assert_eq!(tries_left(), 4);
    killed_at(drawer.path(), "right pin", "compared#1");
    assert_eq!(tries_left(), 3);
    signs_with(USER).unwrap();
    assert_eq!(tries_left(), 6);
}

#[test]
fn a_process_killed_at_any_step_of_a_write_leaves_the_old_state_or_the_new_one() {
    for operation in ["change pin", "unblock"] {
        // The first write lowers the tries, the second has the new PIN and the tries back.
        for (step, write) in ["half written", "written", "synced", "renamed", "saved"]
            .into_iter()
            .flat_map(|step| [(step, 1), (step, 2)])
        {
            let (drawer, _turn) = prepare(6);
            let stop_at = format!("{step}#{write}");
            killed_at(drawer.path(), operation, &stop_at);
            let left = tries_left();
            let pin = [USER, NEW].into_iter().find(|pin| signs_with(pin).is_ok());
            let renamed = write == 2 && ["renamed", "saved"].contains(&step);
            let expected = if renamed { NEW } else { USER };
            assert_eq!(pin, Some(expected), "{operation} killed at {stop_at}");
            assert!(left >= 5, "{operation} killed at {stop_at}: {left} tries");
        }
    }
}

/// A pair of the private key `scalar`, enveloped as key management does it.
fn envelope(container: &Container, scalar: u8) -> Envelope {
    let PublicKeyBlob::Ecc(signing_key) = container.public_key(Usage::Sign).unwrap() else {
        panic!("an SM2 pair");
    };
    let mut receiver = [0; 64];
    receiver[..32].copy_from_slice(&signing_key.x[32..]);
    receiver[32..].copy_from_slice(&signing_key.y[32..]);
    let key = [7; 16];
    let mut encrypted_private_key = [0; 64];
    for (index, place) in encrypted_private_key
        .as_chunks_mut::<16>()
        .0
        .iter_mut()
        .enumerate()
    {
        let block = [if index < 2 { 0 } else { scalar }; 16];
        *place = encrypt_block(&key, block).unwrap();
    }
    Envelope {
        algorithm: codes::SGD_SM4_ECB,
        encrypted_private_key,
        public: sm2::public_of(&[scalar; 32]).unwrap(),
        wrapped_key: sm2::encrypt(&receiver, &key).unwrap(),
    }
}

/// What the file holds, and which of the two pairs is there and decrypts.
fn file_and_pair() -> (Vec<u8>, u8) {
    let device = Arc::new(Device::connect("key-1").unwrap());
    let application = Arc::new(Application::open(&device, "app").unwrap());
    let tried = application.verify_pin(codes::USER_TYPE, USER);
    tried.result.unwrap();
    let container = container::open(&application, "c").unwrap();
    let opens = |scalar: &u8| {
        let public = sm2::public_of(&[*scalar; 32]).unwrap();
        let cipher = sm2::encrypt(&public, b"for one of them").unwrap();
        container.decrypt_sm2(&cipher).is_ok()
    };
    let pair = [1, 2].into_iter().find(opens).unwrap();
    (files::read(&application, "notes", 0, 8).unwrap(), pair)
}

#[test]
fn a_process_killed_while_it_writes_a_file_or_imports_a_pair_leaves_the_old_or_the_new() {
    for (operation, new) in [("write file", (2, 1)), ("import pair", (1, 2))] {
        // The login is two writes, the work is the third.
        for step in [
            "half written#3",
            "written#3",
            "synced#3",
            "renamed#3",
            "saved#3",
        ] {
            let (drawer, _turn) = prepare(6);
            {
                let device = Arc::new(Device::connect("key-1").unwrap());
                let application = Arc::new(Application::open(&device, "app").unwrap());
                let tried = application.verify_pin(codes::USER_TYPE, USER);
                tried.result.unwrap();
                let right = codes::SECURE_USER_ACCOUNT;
                files::create(&application, "notes", 8, right, right).unwrap();
                files::write(&application, "notes", 0, &[1; 8]).unwrap();
                let container = container::open(&application, "c").unwrap();
                container.import_sm2(&envelope(&container, 1)).unwrap();
            }
            killed_at(drawer.path(), operation, step);
            let renamed = step.starts_with("renamed") || step.starts_with("saved");
            let (octet, pair) = if renamed { new } else { (1, 1) };
            assert_eq!(
                file_and_pair(),
                (vec![octet; 8], pair),
                "{operation} at {step}"
            );
        }
    }
}

#[test]
fn two_processes_that_guess_at_once_never_get_more_tries_than_there_are() {
    let (drawer, _turn) = prepare(10);
    let mut children: Vec<_> = (0..2)
        .map(|_| start_child(drawer.path(), "guess often", "never"))
        .collect();
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(tries_left(), 2);
    signs_with(USER).unwrap();
}

#[test]
fn a_device_lock_keeps_others_out_and_ends_with_its_holder() {
    let (drawer, _turn) = prepare(6);
    let device = Arc::new(Device::connect("key-1").unwrap());
    device.lock(codes::INFINITE).unwrap();
    let other = Device::connect("key-1").unwrap();
    assert_eq!(other.lock(20), Err(Sar(codes::SAR_TIMEOUTERR)));
    device.unlock().unwrap();
    other.lock(20).unwrap();
    drop(other); // closing the file frees the lock, as the system does for a process that dies
    device.lock(20).unwrap();
    drop(drawer);
}

#[test]
fn a_key_pulled_out_and_plugged_in_again_is_dead_to_old_handles() {
    let (drawer, _turn) = prepare(6);
    let device = Arc::new(Device::connect("key-1").unwrap());
    let application = Arc::new(Application::open(&device, "app").unwrap());
    application
        .verify_pin(codes::USER_TYPE, USER)
        .result
        .unwrap();
    let opened = container::open(&application, "c").unwrap();
    let plugged = drawer.path().join("key-1/plugged");
    std::fs::remove_file(&plugged).unwrap();
    assert_eq!(opened.sign_sm2(&[1; 32]).err(), Some(Sar::REMOVED));
    // Another file under the same name: `spare` keeps the first one's number from being used again.
    std::fs::write(drawer.path().join("key-1/spare"), b"").unwrap();
    std::fs::write(&plugged, b"").unwrap();
    assert_eq!(opened.sign_sm2(&[1; 32]).err(), Some(Sar::REMOVED));
    signs_with(USER).unwrap();
}

#[test]
fn unblocking_gives_a_new_pin_and_keeps_the_key() {
    let (_drawer, _turn) = prepare(2);
    let device = Arc::new(Device::connect("key-1").unwrap());
    let application = Application::open(&device, "app").unwrap();
    let first = application.verify_pin(codes::USER_TYPE, b"00000000");
    assert_eq!(
        (first.result, first.left),
        (Err(Sar(codes::SAR_PIN_INCORRECT)), Some(1))
    );
    let second = application.verify_pin(codes::USER_TYPE, b"00000000");
    assert_eq!(
        (second.result, second.left),
        (Err(Sar(codes::SAR_PIN_LOCKED)), Some(0))
    );
    let right = application.verify_pin(codes::USER_TYPE, USER);
    assert_eq!(right.result, Err(Sar(codes::SAR_PIN_LOCKED)));
    application.unblock_pin(ADMIN, NEW).result.unwrap();
    assert_eq!(tries_left(), 2);
    signs_with(NEW).unwrap();
    assert!(signs_with(USER).is_err());
}

#[test]
fn a_login_ends_with_clear_secure_state_and_is_not_shared_with_another_handle() {
    let (_drawer, _turn) = prepare(6);
    let device = Arc::new(Device::connect("key-1").unwrap());
    let one = Arc::new(Application::open(&device, "app").unwrap());
    one.verify_pin(codes::USER_TYPE, USER).result.unwrap();
    let other = Arc::new(Application::open(&device, "app").unwrap());
    let opened = container::open(&other, "c").unwrap();
    assert_eq!(opened.sign_sm2(&[1; 32]).err(), Some(Sar::NOT_LOGGED_IN));
    let opened = container::open(&one, "c").unwrap();
    opened.sign_sm2(&[1; 32]).unwrap();
    one.clear().unwrap();
    assert_eq!(opened.sign_sm2(&[1; 32]).err(), Some(Sar::NOT_LOGGED_IN));
}

#[test]
fn device_authentication_takes_both_paddings_and_no_other_answer() {
    let (_drawer, _turn) = prepare(6);
    let device = Device::connect("key-1").unwrap();
    for length in [8, 16] {
        let mut block = [0; 16];
        device.random(&mut block[..length]).unwrap();
        device
            .authenticate(&encrypt_block(FACTORY_DEVICE_KEY, block).unwrap())
            .unwrap();
    }
    let mut block = [0; 16];
    device.random(&mut block[..8]).unwrap();
    let answer = encrypt_block(b"8765432187654321", block).unwrap();
    assert_eq!(device.authenticate(&answer), Err(Sar::FAIL));
    // A challenge is good once, even for the right answer.
    let answer = encrypt_block(FACTORY_DEVICE_KEY, block).unwrap();
    assert_eq!(device.authenticate(&answer), Err(Sar::FAIL));
}

#[test]
fn a_state_that_is_not_understood_is_refused_and_left_alone() {
    let (drawer, _turn) = prepare(6);
    let file = drawer.path().join("key-1/state.json");
    let good = std::fs::read_to_string(&file).unwrap();
    let newer = good.replacen("\"format\": 1", "\"format\": 2", 1);
    let stranger = good.replacen("\"label\"", "\"lable\"", 1);
    for bad in [&good[..good.len() / 2], "", "null", &newer, &stranger] {
        std::fs::write(&file, bad).unwrap();
        let refused = Device::connect("key-1").err();
        assert_eq!(refused, Some(Sar(codes::SAR_READFILEERR)));
        assert_eq!(std::fs::read_to_string(&file).unwrap(), bad);
    }
}
