//! `omni-r1`, the command line: it reads arguments, calls the library, prints.

mod cli;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

unsafe extern "C" {
    fn mi_option_set(option: std::ffi::c_int, value: std::ffi::c_long);
}

/// `mi_option_purge_delay` of mimalloc.h.
const PURGE_DELAY: std::ffi::c_int = 15;

fn main() -> std::process::ExitCode {
    // Freed memory stays with the program: a training step frees and takes the same gigabyte again, and
    // the kernel would clear all of it each time, which costs about a sixth of the step.
    // SAFETY: the allocator defines it, and it may be called at any time.
    unsafe { mi_option_set(PURGE_DELAY, -1) };
    cli::main()
}
