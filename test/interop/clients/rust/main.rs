//! Profiled by Grafana's Rust SDK, as its documentation says.
use pyroscope::backend::{pprof_backend, BackendConfig, PprofConfig};
use pyroscope::pyroscope::PyroscopeAgentBuilder;
use std::time::{Duration, Instant};

#[inline(never)]
fn hot_function(count: u64) -> u64 {
    (0..count).fold(0, |total, i| total.wrapping_add(std::hint::black_box(i * i % 7)))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("FLAMBEAU_URL")?;
    let backend = pprof_backend(PprofConfig::default(), BackendConfig::default());
    let agent = PyroscopeAgentBuilder::new(url, "interop.rust", 100, "pyroscope-rs", "1.0", backend)
        .tags(vec![("client", "rust")])
        .build()?;
    let running = agent.start()?;
    let end = Instant::now() + Duration::from_secs(14);
    let mut total = 0u64;
    while Instant::now() < end {
        total = total.wrapping_add(hot_function(1_000_000));
    }
    let ready = running.stop()?;
    ready.shutdown();
    println!("{total}");
    Ok(())
}
