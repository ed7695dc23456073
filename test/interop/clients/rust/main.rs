//! Profiled by Grafana's Rust SDK, as its documentation says.
use pyroscope::backend::{pprof_backend, BackendConfig, PprofConfig};
use pyroscope::pyroscope::PyroscopeAgentBuilder;
use std::time::{Duration, Instant};

/// Calls nothing: what the compiler inlines here would be a frame of its own, above this one.
#[inline(never)]
fn hot_function(count: u64) -> u64 {
    let mut total = 0;
    let mut i = 0;
    while i < count {
        total += i * i % 7;
        i += 1;
    }
    total
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
