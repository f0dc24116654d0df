//! What ends a case that does what no case may do.

use std::alloc::{GlobalAlloc, Layout, System};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Bytes that all cases together may hold at a time.
const MOST_MEMORY: isize = 1 << 30;
/// Of the processor's time, or six times as much on the clock: other programs may be at work beside this one.
const LONGEST: Duration = Duration::from_secs(10);

/// Exit codes of the process that runs cases.
pub const PANICKED: u8 = 90;
const HUNG: i32 = 91;

static ALIVE: AtomicIsize = AtomicIsize::new(0);
static PANIC: AtomicBool = AtomicBool::new(false);

/// The system's allocator, which gives nothing beyond the limit: that aborts the process, with a message.
pub struct Capped;

impl Capped {
    fn grows(&self, by: isize) -> bool {
        ALIVE.fetch_add(by, Ordering::Relaxed) + by <= MOST_MEMORY || {
            ALIVE.fetch_sub(by, Ordering::Relaxed);
            false
        }
    }
}

// SAFETY: every call goes to the system's allocator as it is, or gives nothing.
unsafe impl GlobalAlloc for Capped {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if self.grows(layout.size() as isize) { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        if self.grows(layout.size() as isize) { unsafe { System.alloc_zeroed(layout) } } else { std::ptr::null_mut() }
    }
    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        ALIVE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        unsafe { System.dealloc(place, layout) }
    }
    unsafe fn realloc(&self, place: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if self.grows(size as isize - layout.size() as isize) {
            unsafe { System.realloc(place, layout, size) }
        } else {
            std::ptr::null_mut()
        }
    }
}

/// Whether anything has panicked, be it caught or not.
pub fn panicked() -> bool {
    PANIC.load(Ordering::Relaxed)
}

/// Knows which case is at work and since when.
pub struct Watch {
    file: File,
    number: Arc<AtomicU64>,
}

impl Watch {
    /// Keeps the number of the case in the file `at`; ends the process when a case takes too long.
    pub fn begin(at: &str) -> Self {
        let said = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            PANIC.store(true, Ordering::Relaxed);
            said(info);
        }));
        let number = Arc::new(AtomicU64::new(0));
        let seen = number.clone();
        std::thread::spawn(move || {
            let (mut last, mut since, mut used) = (u64::MAX, Instant::now(), Duration::ZERO);
            loop {
                std::thread::sleep(Duration::from_millis(200));
                let now = seen.load(Ordering::Relaxed);
                if now != last {
                    (last, since, used) = (now, Instant::now(), processor_time());
                } else if now > 0 && (processor_time() - used > LONGEST || since.elapsed() > 6 * LONGEST) {
                    eprintln!("no end after {} s", LONGEST.as_secs());
                    std::process::exit(HUNG);
                }
            }
        });
        Self { file: File::create(at).expect("a temporary file"), number }
    }

    /// This case begins.
    pub fn case(&self, number: u64) {
        // Counted from 1: before the first case nothing is watched.
        self.number.store(number + 1, Ordering::Relaxed);
        use std::os::unix::fs::FileExt;
        self.file.write_all_at(&number.to_le_bytes(), 0).expect("eight bytes of a temporary file");
    }
}

/// Of the first thread, where the system tells it.
fn processor_time() -> Duration {
    let told = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    let nanoseconds = told.split(' ').next().and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or(0))
}

/// The case that was at work.
pub fn read_case(at: &Path) -> Option<u64> {
    Some(u64::from_le_bytes(std::fs::read(at).ok()?.try_into().ok()?))
}
