//! An icon in the taskbar's notification area, with a menu: `Shell_NotifyIconW` and the hidden window that it tells.
//!
//! A thread of its own holds the window and fetches its messages; what may be called from elsewhere is [`Tray`]. The
//! area is Explorer's: it may start later than the agent, or again after a crash, and says so to every window by the
//! message `TaskbarCreated`. Messages come in the first form of the interface (no `NIM_SETVERSION`), which every
//! Windows since 95 speaks.

use std::cell::RefCell;
use std::io;
use std::sync::mpsc;
use std::thread::JoinHandle;

use windows_sys::Win32::Foundation::{HWND, LPARAM, LRESULT, POINT, WPARAM};
use windows_sys::Win32::Graphics::Gdi::{CreateBitmap, DeleteObject};
use windows_sys::Win32::System::LibraryLoader::GetModuleHandleW;
use windows_sys::Win32::UI::Shell::{
    NIF_ICON, NIF_MESSAGE, NIF_TIP, NIM_ADD, NIM_DELETE, NIM_MODIFY, NOTIFY_ICON_MESSAGE,
    NOTIFYICONDATAW, Shell_NotifyIconW,
};
use windows_sys::Win32::UI::WindowsAndMessaging::{
    AppendMenuW, CreateIconIndirect, CreatePopupMenu, CreateWindowExW, DefWindowProcW, DestroyIcon,
    DestroyMenu, DestroyWindow, DispatchMessageW, GetCursorPos, GetMessageW, GetSystemMetrics,
    HICON, ICONINFO, MF_GRAYED, MF_SEPARATOR, MF_STRING, MSG, PostMessageW, PostQuitMessage,
    RegisterClassW, RegisterWindowMessageW, SM_CXSMICON, SetForegroundWindow, TPM_NONOTIFY,
    TPM_RETURNCMD, TPM_RIGHTBUTTON, TrackPopupMenu, WM_APP, WM_CLOSE, WM_CONTEXTMENU, WM_DESTROY,
    WM_ENDSESSION, WM_LBUTTONDBLCLK, WM_NULL, WM_RBUTTONUP, WNDCLASSW,
};

use super::done;

/// What the area sends to the window: the mouse's message stands in the second parameter.
const WM_NOTE: u32 = WM_APP + 1;
/// There is a new face to show.
const WM_FACE: u32 = WM_APP + 2;
/// Most of a tip, in UTF-16 units, without the NUL.
const MAX_TIP: usize = 127;

/// How the icon looks, and what its menu has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Face {
    /// The text beside the pointer; cut to 127 UTF-16 units.
    pub tip: String,
    /// Its picture.
    pub picture: Picture,
    /// The menu, from the top.
    pub menu: Vec<Line>,
}

/// A square picture: blue, green, red, alpha for each pixel, rows from the top.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Its side, in pixels.
    pub side: u16,
    /// `4 * side * side` octets.
    pub pixels: Vec<u8>,
}

/// A line of the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// It says something.
    Said(String),
    /// It can be chosen; told as [`Event::Chosen`] with this number, which is not 0.
    Chosen(String, u16),
    /// A line between others.
    Separator,
}

/// What happens to the icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// It stands in the area, or there is no area yet and it will when that comes.
    Shown(bool),
    /// A line of the menu was chosen.
    Chosen(u16),
    /// The icon itself was clicked twice.
    Activated,
    /// The user logs off. A process with a window is told so here and by no signal of the console.
    SessionEnds,
}

/// The icon, until it is dropped.
#[derive(Debug)]
pub struct Tray {
    /// The window's handle, as a number: handles of windows may be used from every thread.
    window: isize,
    faces: mpsc::Sender<Face>,
    thread: Option<JoinHandle<()>>,
}

/// The side that the area's pictures have here, in pixels.
pub fn side() -> u16 {
    // SAFETY: takes a number, gives a number.
    let side = unsafe { GetSystemMetrics(SM_CXSMICON) };
    u16::try_from(side.clamp(16, 64)).unwrap_or(16)
}

impl Tray {
    /// Shows the icon and tells what happens to it. Blocks while the window is made.
    ///
    /// # Errors
    /// What the system says where this session has no desktop for windows.
    pub fn show(face: Face, tell: impl Fn(Event) + Send + 'static) -> io::Result<Tray> {
        let (faces, new_faces) = mpsc::channel();
        let (ready, made) = mpsc::channel();
        let thread = std::thread::Builder::new()
            .name("tray".to_owned())
            .spawn(move || {
                match Desk::furnish(face, new_faces, Box::new(tell)) {
                    Ok(window) => {
                        let _ = ready.send(Ok(window as isize));
                        fetch_messages();
                    }
                    Err(error) => {
                        let _ = ready.send(Err(error));
                    }
                };
            })?;
        let window = made
            .recv()
            .unwrap_or_else(|_| Err(io::ErrorKind::BrokenPipe.into()))?;
        Ok(Tray {
            window,
            faces,
            thread: Some(thread),
        })
    }

    /// Shows another face.
    pub fn set(&self, face: Face) {
        if self.faces.send(face).is_ok() {
            self.post(WM_FACE);
        }
    }

    fn post(&self, message: u32) {
        // SAFETY: any thread may post to a window; one that is gone makes this fail, and nothing else.
        unsafe { PostMessageW(self.window as HWND, message, 0, 0) };
    }
}

impl Drop for Tray {
    fn drop(&mut self) {
        self.post(WM_CLOSE);
        // Waited for, so that no dead icon stays until the pointer passes over it.
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// What the thread of the window holds.
struct Desk {
    window: HWND,
    face: Face,
    new_faces: mpsc::Receiver<Face>,
    tell: Box<dyn Fn(Event)>,
    /// `TaskbarCreated`, by the number that it has in this session.
    taskbar_created: u32,
}

thread_local! {
    /// The window's procedure is a plain function; this is how it finds what it belongs to.
    static DESK: RefCell<Option<Desk>> = const { RefCell::new(None) };
}

impl Desk {
    /// Makes the hidden window and adds the icon.
    fn furnish(
        face: Face,
        new_faces: mpsc::Receiver<Face>,
        tell: Box<dyn Fn(Event)>,
    ) -> io::Result<HWND> {
        let class: Vec<u16> = "YinxinTray\0".encode_utf16().collect();
        let message: Vec<u16> = "TaskbarCreated\0".encode_utf16().collect();
        // SAFETY: null means this program's own module.
        let module = unsafe { GetModuleHandleW(std::ptr::null()) };
        let of_class = WNDCLASSW {
            lpfnWndProc: Some(procedure),
            hInstance: module,
            lpszClassName: class.as_ptr(),
            ..WNDCLASSW::default()
        };
        // Once a process; a second time it is there already, which the window's making shows.
        // SAFETY: the structure is whole, and its name ends with NUL; both are copied.
        unsafe { RegisterClassW(&raw const of_class) };
        // Never shown. Not a window for messages only: those hear nothing of `TaskbarCreated`.
        // SAFETY: the class's name ends with NUL; everything else may be null.
        let window = unsafe {
            CreateWindowExW(
                0,
                class.as_ptr(),
                class.as_ptr(),
                0,
                0,
                0,
                0,
                0,
                std::ptr::null_mut(),
                std::ptr::null_mut(),
                module,
                std::ptr::null(),
            )
        };
        if window.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the name ends with NUL.
        let taskbar_created = unsafe { RegisterWindowMessageW(message.as_ptr()) };
        let desk = Desk {
            window,
            face,
            new_faces,
            tell,
            taskbar_created,
        };
        desk.add();
        DESK.set(Some(desk));
        Ok(window)
    }

    fn add(&self) {
        (self.tell)(Event::Shown(self.notify(NIM_ADD).is_ok()));
    }

    /// Adds, changes or removes the icon.
    fn notify(&self, what: NOTIFY_ICON_MESSAGE) -> io::Result<()> {
        let mut data = NOTIFYICONDATAW {
            cbSize: size_of::<NOTIFYICONDATAW>() as u32,
            hWnd: self.window,
            uID: 1,
            ..NOTIFYICONDATAW::default()
        };
        let mut icon = None;
        if what != NIM_DELETE {
            let made = Icon::of(&self.face.picture)?;
            data.uFlags = NIF_ICON | NIF_MESSAGE | NIF_TIP;
            data.uCallbackMessage = WM_NOTE;
            data.hIcon = made.0;
            // Set whole: on 32-bit Windows the structure is packed, and nothing inside it may be borrowed.
            let mut text = [0; MAX_TIP + 1];
            for (place, unit) in text.iter_mut().zip(tip(&self.face.tip)) {
                *place = unit;
            }
            data.szTip = text;
            icon = Some(made);
        }
        // SAFETY: the structure is whole and says its size; window and icon live through the call, which copies.
        let notified = done(unsafe { Shell_NotifyIconW(what, &raw const data) });
        drop(icon);
        notified
    }
}

/// The menu of `face` at the pointer, until something is chosen or not.
fn choose(window: HWND, face: &Face) -> Option<u16> {
    // SAFETY: no arguments; the menu is destroyed below.
    let menu = unsafe { CreatePopupMenu() };
    if menu.is_null() {
        return None;
    }
    for line in &face.menu {
        let (flags, number, text) = match line {
            Line::Said(text) => (MF_STRING | MF_GRAYED, 0, label(text)),
            Line::Chosen(text, number) => (MF_STRING, usize::from(*number), label(text)),
            Line::Separator => (MF_SEPARATOR, 0, vec![0]),
        };
        // SAFETY: the menu is open, the text ends with NUL and is copied.
        unsafe { AppendMenuW(menu, flags, number, text.as_ptr()) };
    }
    let mut at = POINT::default();
    // SAFETY: a place for one point; our own window and menu. The window comes to the front so that a click
    // elsewhere closes the menu, and gets one more message so that it does so the next time as well (as the
    // documentation of TrackPopupMenu says).
    let chosen = unsafe {
        GetCursorPos(&raw mut at);
        SetForegroundWindow(window);
        let flags = TPM_RETURNCMD | TPM_NONOTIFY | TPM_RIGHTBUTTON;
        let chosen = TrackPopupMenu(menu, flags, at.x, at.y, 0, window, std::ptr::null());
        PostMessageW(window, WM_NULL, 0, 0);
        DestroyMenu(menu);
        chosen
    };
    u16::try_from(chosen).ok().filter(|number| *number != 0)
}

/// What the window does with a message. It runs on the thread that made the window, and again from within itself
/// while a menu is open: nothing is borrowed over a call that fetches messages.
extern "system" fn procedure(window: HWND, message: u32, first: WPARAM, second: LPARAM) -> LRESULT {
    let with = |deed: &dyn Fn(&mut Desk)| {
        DESK.with(|desk| {
            if let Ok(mut desk) = desk.try_borrow_mut()
                && let Some(desk) = desk.as_mut()
            {
                deed(desk);
            }
        });
    };
    let tell = |event: Event| with(&|desk| (desk.tell)(event));
    match message {
        WM_NOTE => match second as u32 & 0xFFFF {
            WM_LBUTTONDBLCLK => tell(Event::Activated),
            WM_RBUTTONUP | WM_CONTEXTMENU => {
                let face = DESK.with(|desk| {
                    let desk = desk.try_borrow().ok();
                    desk.and_then(|desk| desk.as_ref().map(|desk| desk.face.clone()))
                });
                if let Some(number) = face.and_then(|face| choose(window, &face)) {
                    tell(Event::Chosen(number));
                }
            }
            _ => {}
        },
        WM_FACE => with(&|desk| {
            if let Some(face) = desk.new_faces.try_iter().last() {
                desk.face = face;
                // Not there yet: it comes with `TaskbarCreated`, and with this face.
                let _ = desk.notify(NIM_MODIFY);
            }
        }),
        WM_ENDSESSION if first != 0 => tell(Event::SessionEnds),
        WM_CLOSE => {
            // SAFETY: our own window, on its own thread.
            unsafe { DestroyWindow(window) };
        }
        WM_DESTROY => {
            with(&|desk| {
                let _ = desk.notify(NIM_DELETE);
            });
            // SAFETY: takes a number; ends the loop of this thread.
            unsafe { PostQuitMessage(0) };
        }
        other => {
            let created = DESK.with(|desk| {
                let desk = desk.try_borrow();
                desk.is_ok_and(|desk| {
                    desk.as_ref()
                        .is_some_and(|desk| desk.taskbar_created == other)
                })
            });
            if created {
                with(&|desk| desk.add());
            } else {
                // SAFETY: passed on as it came.
                return unsafe { DefWindowProcW(window, message, first, second) };
            }
        }
    }
    0
}

/// Fetches messages until the window is gone.
fn fetch_messages() {
    let mut message = MSG::default();
    // SAFETY: a place for one message; what was fetched is dispatched as it is.
    while unsafe { GetMessageW(&raw mut message, std::ptr::null_mut(), 0, 0) } > 0 {
        // SAFETY: as above.
        unsafe { DispatchMessageW(&raw const message) };
    }
    DESK.take();
}

/// An icon of our own.
struct Icon(HICON);

impl Icon {
    fn of(picture: &Picture) -> io::Result<Icon> {
        let side = usize::from(picture.side);
        if side == 0 || picture.pixels.len() != 4 * side * side {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        // A bit for each pixel, rows of whole 16-bit words: all zero, the picture's alpha decides.
        let mask = vec![0_u8; side.div_ceil(16) * 2 * side];
        let (width, height) = (i32::from(picture.side), i32::from(picture.side));
        // SAFETY: both buffers are as long as width, height and depth say; the bitmaps are copied by the icon and
        // freed below.
        let icon = unsafe {
            let colours = CreateBitmap(width, height, 1, 32, picture.pixels.as_ptr().cast());
            let mask = CreateBitmap(width, height, 1, 1, mask.as_ptr().cast());
            let parts = ICONINFO {
                fIcon: 1,
                hbmMask: mask,
                hbmColor: colours,
                ..ICONINFO::default()
            };
            let icon = CreateIconIndirect(&raw const parts);
            DeleteObject(colours);
            DeleteObject(mask);
            icon
        };
        if icon.is_null() {
            return Err(io::Error::last_os_error());
        }
        Ok(Icon(icon))
    }
}

impl Drop for Icon {
    fn drop(&mut self) {
        // SAFETY: made above, destroyed once.
        unsafe { DestroyIcon(self.0) };
    }
}

/// A menu's text with its NUL. A single ampersand would mark a letter as its key.
fn label(text: &str) -> Vec<u16> {
    text.replace('&', "&&").encode_utf16().chain([0]).collect()
}

/// A tip that fits, whole characters only.
fn tip(text: &str) -> Vec<u16> {
    let mut units = Vec::new();
    for character in text.chars() {
        let mut pair = [0; 2];
        let unit = character.encode_utf16(&mut pair);
        if units.len() + unit.len() > MAX_TIP {
            break;
        }
        units.extend_from_slice(unit);
    }
    units
}
