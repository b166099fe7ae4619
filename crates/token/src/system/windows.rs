//! Windows: jobs, standard handles, error reports, access to the own process, the owner of a connection.
//!
//! Every call of Win32 that Yinxin makes by hand stands in this file and in [`tray`], each behind a safe function that owns what
//! it opens. Source: the Windows SDK; the declarations are Microsoft's (`windows-sys`).
#![allow(unsafe_code)]

use std::ffi::c_void;
use std::fs::File;
use std::io;
use std::net::SocketAddrV4;
use std::os::windows::io::{
    AsHandle as _, AsRawHandle as _, FromRawHandle as _, IntoRawHandle as _, OwnedHandle,
};
use std::path::{Path, PathBuf};

use tokio::process::{Child, Command};
use windows_sys::Win32::Foundation::{ERROR_INSUFFICIENT_BUFFER, HANDLE, LocalFree, NO_ERROR};
use windows_sys::Win32::NetworkManagement::IpHelper::{
    GetExtendedTcpTable, TCP_TABLE_OWNER_PID_CONNECTIONS,
};
use windows_sys::Win32::Networking::WinSock::{AF_INET, AF_INET6};
use windows_sys::Win32::Security::Authorization::{
    ConvertStringSecurityDescriptorToSecurityDescriptorW, SDDL_REVISION_1,
};
use windows_sys::Win32::Security::{
    DACL_SECURITY_INFORMATION, GetLengthSid, GetTokenInformation,
    PROTECTED_DACL_SECURITY_INFORMATION, PSECURITY_DESCRIPTOR, SetKernelObjectSecurity,
    TOKEN_QUERY, TOKEN_USER, TokenUser,
};
use windows_sys::Win32::System::Console::{
    CONSOLE_MODE, ENABLE_ECHO_INPUT, FreeConsole, GetConsoleMode, GetConsoleProcessList,
    STD_INPUT_HANDLE, STD_OUTPUT_HANDLE, SetConsoleMode, SetStdHandle,
};
use windows_sys::Win32::System::Diagnostics::Debug::{
    SEM_FAILCRITICALERRORS, SEM_NOGPFAULTERRORBOX, SEM_NOOPENFILEERRORBOX, SetErrorMode,
};
use windows_sys::Win32::System::ErrorReporting::{WER_FAULT_REPORTING_FLAG_NOHEAP, WerSetFlags};
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION,
    JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JobObjectExtendedLimitInformation, SetInformationJobObject, TerminateJobObject,
};
use windows_sys::Win32::System::Threading::{
    CREATE_NO_WINDOW, GetCurrentProcess, OpenProcess, OpenProcessToken,
    PROCESS_QUERY_LIMITED_INFORMATION, TerminateProcess,
};

use super::tcp_table;

pub mod tray;

/// What its user may do with a process: see that it runs and whose it is, wait for it, end it (`SYNCHRONIZE`,
/// `PROCESS_QUERY_LIMITED_INFORMATION`, `PROCESS_TERMINATE`), not read its memory.
const USER_S_ACCESS: &str = "0x101001";
/// Largest table of connections that is read, in bytes: about 170 000 rows.
const MAX_TABLE: u32 = 4 * 1024 * 1024;

/// A worker and what its library started: a job, which the system ends when its last handle is closed, so also
/// when this process dies.
pub(crate) struct Descendants(Option<OwnedHandle>);

impl Descendants {
    /// Without a console window of its own, where the agent has none.
    pub(crate) fn apart(command: &mut Command) {
        command.creation_flags(CREATE_NO_WINDOW);
    }

    /// A job around a child that has loaded no library yet. Where the system refuses (before Windows 8 a process
    /// is in one job at most), the child alone is ended.
    pub(crate) fn of(child: &Child) -> Descendants {
        Descendants(child.raw_handle().and_then(|process| job(process).ok()))
    }

    /// Ends the job and all that is in it.
    pub(crate) fn kill(&mut self) {
        if let Some(job) = self.0.take() {
            // SAFETY: a job's handle that is open.
            unsafe { TerminateJobObject(job.as_raw_handle(), 1) };
        }
    }
}

fn job(process: HANDLE) -> io::Result<OwnedHandle> {
    // SAFETY: no name and no security attributes are both allowed as null.
    let job = owned(unsafe { CreateJobObjectW(std::ptr::null(), std::ptr::null()) })?;
    let mut limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
    limits.BasicLimitInformation.LimitFlags =
        JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION;
    // SAFETY: the structure is the one that this class takes, and its size is said.
    done(unsafe {
        SetInformationJobObject(
            job.as_raw_handle(),
            JobObjectExtendedLimitInformation,
            (&raw const limits).cast::<c_void>(),
            size_of::<JOBOBJECT_EXTENDED_LIMIT_INFORMATION>() as u32,
        )
    })?;
    // SAFETY: both handles are open: the child's belongs to the caller, who keeps it meanwhile.
    done(unsafe { AssignProcessToJobObject(job.as_raw_handle(), process) })?;
    Ok(job)
}

/// Ends this process at once: no exit handlers of a library, in which it could hang too. What the library started
/// ends with the job, whose only handle is the parent's.
pub(crate) fn end() -> ! {
    // SAFETY: the pseudo-handle of this process needs no closing and has every right.
    unsafe { TerminateProcess(GetCurrentProcess(), 0) };
    // Not reached: the call above does not return for the own process.
    std::process::abort()
}

/// PINs pass through this process: no program of the same user reads its memory, and no report of a crash holds
/// its heap or waits in a window for somebody.
///
/// # Errors
/// What the system says.
pub fn harden() -> io::Result<()> {
    // SAFETY: a set of flags; it touches no memory of ours.
    unsafe {
        SetErrorMode(SEM_FAILCRITICALERRORS | SEM_NOGPFAULTERRORBOX | SEM_NOOPENFILEERRORBOX)
    };
    // Where there is no error reporting there are no reports.
    // SAFETY: a set of flags.
    let _ = unsafe { WerSetFlags(WER_FAULT_REPORTING_FLAG_NOHEAP) };

    // In the language of security descriptors: the user, and the user as owner (`OW`), who could else change this
    // list; the system may do everything.
    let list = format!(
        "D:P(A;;{USER_S_ACCESS};;;{})(A;;{USER_S_ACCESS};;;OW)(A;;0x1fffff;;;SY)",
        User::own()?.text()
    );
    let text: Vec<u16> = list.encode_utf16().chain([0]).collect();
    let mut descriptor: PSECURITY_DESCRIPTOR = std::ptr::null_mut();
    // SAFETY: the text ends with NUL; the descriptor is allocated for us, its size may be left out.
    done(unsafe {
        ConvertStringSecurityDescriptorToSecurityDescriptorW(
            text.as_ptr(),
            SDDL_REVISION_1,
            &mut descriptor,
            std::ptr::null_mut(),
        )
    })?;
    // SAFETY: the descriptor is the one that was just made; the pseudo-handle has every right.
    let set = done(unsafe {
        SetKernelObjectSecurity(
            GetCurrentProcess(),
            DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION,
            descriptor,
        )
    });
    // SAFETY: allocated by the conversion, freed once, as it says.
    unsafe { LocalFree(descriptor) };
    set
}

/// Takes the pipes off the standard handles and puts nothing in their place: neither Win32 nor the C runtimes of a
/// library find them any more.
pub(crate) fn take_pipes() -> io::Result<(File, File)> {
    let input = io::stdin().as_handle().try_clone_to_owned()?;
    let output = io::stdout().as_handle().try_clone_to_owned()?;
    for (descriptor, standard) in [(0, STD_INPUT_HANDLE), (1, STD_OUTPUT_HANDLE)] {
        // The C runtime that is loaded already, which closes the pipe; then those that a library brings.
        // SAFETY: the name ends with NUL; descriptors 0 and 1 belong to nobody but the two lines above.
        unsafe {
            let nothing = crt::_open(c"NUL".as_ptr(), crt::O_RDWR);
            if nothing < 0 || crt::_dup2(nothing, descriptor) != 0 {
                return Err(io::Error::last_os_error());
            }
            crt::_close(nothing);
        }
        let nothing = File::options().read(true).write(true).open("NUL")?;
        // SAFETY: the handle is open, and given away: it stays open as long as this process.
        done(unsafe { SetStdHandle(standard, nothing.into_raw_handle()) })?;
    }
    Ok((File::from(input), File::from(output)))
}

/// A folder for locks; the one for temporary files is the user's own.
pub(crate) fn lock_folder() -> Option<PathBuf> {
    let folder = std::env::temp_dir().join("yinxin");
    std::fs::create_dir_all(&folder).ok()?;
    Some(folder)
}

/// Loads a library; it finds its own companions beside itself, not beside this program.
///
/// # Safety
/// This runs the library's initialisers.
pub(crate) unsafe fn load(path: &Path) -> Result<libloading::Library, libloading::Error> {
    use libloading::os::windows::{LOAD_WITH_ALTERED_SEARCH_PATH, Library};
    // SAFETY: passed on.
    unsafe { Library::load_with_flags(path, LOAD_WITH_ALTERED_SEARCH_PATH) }.map(Into::into)
}

/// What is taken from the C runtime that this program is linked with.
mod crt {
    use std::ffi::{c_char, c_int};

    /// `_O_RDWR` of `fcntl.h`.
    pub(super) const O_RDWR: c_int = 2;

    unsafe extern "C" {
        pub(super) fn _open(path: *const c_char, flags: c_int, ...) -> c_int;
        pub(super) fn _dup2(from: c_int, to: c_int) -> c_int;
        pub(super) fn _close(descriptor: c_int) -> c_int;
    }
}

/// A user of this machine: the octets of the security identifier.
#[derive(Clone, PartialEq, Eq)]
pub struct User(Vec<u8>);

impl std::fmt::Debug for User {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("User(…)")
    }
}

impl User {
    /// The one that runs this process.
    ///
    /// # Errors
    /// What the system says.
    pub fn own() -> io::Result<User> {
        // SAFETY: the pseudo-handle needs no closing.
        User::of(unsafe { GetCurrentProcess() })
    }

    /// Who holds the `own` end of a connection to `remote` on this machine; `None` where there is no such
    /// connection. The system names the process and then the process's user: one that ends in between is an error.
    ///
    /// # Errors
    /// What the system says; it refuses to tell of a process that is another user's.
    pub fn of_connection(own: SocketAddrV4, remote: SocketAddrV4) -> io::Result<Option<User>> {
        let mut process = tcp_table::process_v4(&connections(AF_INET)?, own, remote);
        if process.is_none() {
            // A machine without IPv6 has no such table.
            let table = connections(AF_INET6).unwrap_or_default();
            process = tcp_table::process_v6(&table, own, remote);
        }
        let Some(process) = process else {
            return Ok(None);
        };
        // SAFETY: any number may be asked for; 0 means that the handle is not inherited.
        let process = owned(unsafe { OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION, 0, process) })?;
        User::of(process.as_raw_handle()).map(Some)
    }

    /// As security descriptors name it: `S-`, revision, authority (six octets, the last four of which are ever
    /// used), sub-authorities.
    fn text(&self) -> String {
        let (head, rest) = self.0.split_at_checked(8).unwrap_or((&[0; 8], &[]));
        let authority = u32::from_be_bytes([head[4], head[5], head[6], head[7]]);
        let mut text = format!("S-{}-{authority}", head[0]);
        for part in rest.as_chunks::<4>().0 {
            text += &format!("-{}", u32::from_le_bytes(*part));
        }
        text
    }

    fn of(process: HANDLE) -> io::Result<User> {
        let mut token: HANDLE = std::ptr::null_mut();
        // SAFETY: the process's handle is open; the place for the token is ours.
        done(unsafe { OpenProcessToken(process, TOKEN_QUERY, &mut token) })?;
        let token = owned(token)?;
        // The structure and the identifier behind it, at most 68 octets; words keep it aligned.
        let mut buffer = [0_u64; 32];
        let mut size = 0;
        // SAFETY: the buffer has the size that is said.
        done(unsafe {
            GetTokenInformation(
                token.as_raw_handle(),
                TokenUser,
                buffer.as_mut_ptr().cast(),
                size_of_val(&buffer) as u32,
                &mut size,
            )
        })?;
        // SAFETY: the call filled the buffer with this structure; its pointer leads into the same buffer.
        let octets = unsafe {
            let sid = (*buffer.as_ptr().cast::<TOKEN_USER>()).User.Sid;
            std::slice::from_raw_parts(sid.cast::<u8>(), GetLengthSid(sid) as usize)
        };
        Ok(User(octets.to_vec()))
    }
}

/// The table of this machine's connections, as words.
fn connections(family: u16) -> io::Result<Vec<u32>> {
    let mut size = 16 * 1024_u32;
    loop {
        let mut table = vec![0_u32; size.div_ceil(4) as usize];
        // SAFETY: the buffer has the size that is said, and the call says how much it would have needed.
        let code = unsafe {
            GetExtendedTcpTable(
                table.as_mut_ptr().cast(),
                &mut size,
                0,
                u32::from(family),
                TCP_TABLE_OWNER_PID_CONNECTIONS,
                0,
            )
        };
        match code {
            NO_ERROR => return Ok(table),
            // The table may grow between two calls.
            ERROR_INSUFFICIENT_BUFFER if size <= MAX_TABLE => size += 4096,
            ERROR_INSUFFICIENT_BUFFER => return Err(io::ErrorKind::FileTooLarge.into()),
            code => return Err(io::Error::from_raw_os_error(code.cast_signed())),
        }
    }
}

/// The console without its echo, until this is dropped.
#[derive(Debug)]
pub struct Silence {
    input: OwnedHandle,
    before: CONSOLE_MODE,
}

impl Silence {
    /// Switches the echo of the console behind standard input off.
    ///
    /// # Errors
    /// What the system says: standard input is no console.
    pub fn keep() -> io::Result<Silence> {
        let input = io::stdin().as_handle().try_clone_to_owned()?;
        let mut before: CONSOLE_MODE = 0;
        // SAFETY: the handle is open; the place for the mode is ours.
        done(unsafe { GetConsoleMode(input.as_raw_handle(), &mut before) })?;
        // SAFETY: the handle is open.
        done(unsafe { SetConsoleMode(input.as_raw_handle(), before & !ENABLE_ECHO_INPUT) })?;
        Ok(Silence { input, before })
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // SAFETY: the handle is open.
        unsafe { SetConsoleMode(self.input.as_raw_handle(), self.before) };
    }
}

/// Lets go of a console that the system opened for this process alone, as it does for a program that starts with
/// the user's session: its window closes. One that somebody typed into stays.
pub fn leave_own_console() {
    let mut processes = [0_u32; 2];
    // SAFETY: the buffer has room for the two that are said.
    let count = unsafe { GetConsoleProcessList(processes.as_mut_ptr(), 2) };
    if count == 1 {
        // SAFETY: takes nothing; what is written to the console later goes nowhere.
        unsafe { FreeConsole() };
    }
}

/// A handle that a call returned: null is its error.
fn owned(handle: HANDLE) -> io::Result<OwnedHandle> {
    if handle.is_null() {
        return Err(io::Error::last_os_error());
    }
    // SAFETY: just opened by the caller for this place alone.
    Ok(unsafe { OwnedHandle::from_raw_handle(handle) })
}

/// The outcome of a call that says 0 for failure.
fn done(outcome: i32) -> io::Result<()> {
    if outcome == 0 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}
