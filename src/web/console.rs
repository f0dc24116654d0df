//! The log, on the browser's console.

pub(super) struct Console;

impl log::Log for Console {
    fn enabled(&self, _: &log::Metadata) -> bool {
        true
    }
    fn log(&self, record: &log::Record) {
        match record.level() {
            log::Level::Error => gloo::console::error!(record.args().to_string()),
            _ => gloo::console::warn!(record.args().to_string()),
        }
    }
    fn flush(&self) {}
}
