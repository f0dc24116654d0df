//! Work in parts that don't depend on each other, a core each: its kernels then meet no other core's,
//! and what a part holds stays in that core's caches.

use burn::tensor::Device;

/// Whether tensors on this device are computed by the cores that run this program.
pub fn serve(device: &Device) -> bool {
    #[cfg(feature = "cpu")]
    return *device == Device::flex();
    #[cfg(not(feature = "cpu"))]
    {
        let _ = device;
        false
    }
}

/// The results of `work` for every job, in the jobs' order: natively on all cores, in the browser one
/// after the other. The numbers don't depend on how many cores there are.
#[cfg(feature = "native")]
pub async fn each<T: Send, R: Send>(jobs: Vec<T>, work: impl AsyncFn(T) -> R + Sync) -> Vec<R> {
    use std::sync::Mutex;
    let pools = pools();
    if pools.len() < 2 || jobs.len() < 2 {
        let mut results = Vec::with_capacity(jobs.len());
        for job in jobs {
            results.push(work(job).await);
        }
        return results;
    }
    let results: Vec<Mutex<Option<R>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    let waiting = Mutex::new(jobs.into_iter().enumerate());
    let next = || waiting.lock().expect("no job panics with it").next();
    let take = || {
        while let Some((number, job)) = next() {
            let result = pollster::block_on(work(job));
            *results[number].lock().expect("written once") = Some(result);
        }
    };
    std::thread::scope(|scope| {
        for pool in pools {
            scope.spawn(|| pool.install(take));
        }
    });
    results.into_iter().map(|slot| slot.into_inner().expect("written once").expect("every job was taken")).collect()
}

#[cfg(not(feature = "native"))]
pub async fn each<T, R>(jobs: Vec<T>, work: impl AsyncFn(T) -> R) -> Vec<R> {
    let mut results = Vec::with_capacity(jobs.len());
    for job in jobs {
        results.push(work(job).await);
    }
    results
}

/// As many pools as there are cores, of one thread each.
#[cfg(feature = "native")]
fn pools() -> &'static [rayon::ThreadPool] {
    use std::sync::OnceLock;
    static POOLS: OnceLock<Vec<rayon::ThreadPool>> = OnceLock::new();
    let one = || rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread can be started");
    POOLS.get_or_init(|| (0..rayon::current_num_threads()).map(|_| one()).collect())
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;

    #[test]
    fn results_come_in_the_order_of_the_jobs() {
        let work = async |n: u64| {
            std::thread::sleep(std::time::Duration::from_millis(n % 3));
            n * n
        };
        let squares = pollster::block_on(each((0..20).collect(), work));
        assert_eq!(squares, (0..20).map(|n| n * n).collect::<Vec<u64>>());
    }
}
