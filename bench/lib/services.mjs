// Made-up services for the server's benchmarks: the same in every run.

/**
 * For each service a profile of its 10,000 stacks of 12 to 40 frames: `{ service, profile, draw }`. `draw(count)` gives
 * rows of its samples, frequent ones more often: what one push holds.
 */
export async function makeServices(count) {
  const { ProfileBuilder } = await import("../../packages/core/dist/index.js");
  const random = generator(42);
  return Array.from({ length: count }, (_, s) => {
    const service = `service-${String(s).padStart(3, "0")}`;
    const profile = profileOf(new ProfileBuilder("each"), random, service, callStacks(random, s));
    return { service, profile, draw: (rows) => drawRows(random, profile.samples.length, rows) };
  });
}

function drawRows(random, samples, count) {
  const chosen = new Set();
  while (chosen.size < count) chosen.add(Math.floor(random() ** 2.5 * samples));
  return Int32Array.from(chosen);
}

/** A call tree of 2,000 functions, two thirds of them from libraries that all services use. */
function callStacks(random, s) {
  const called = (frame, choice) => (frame * 31 + choice * 7 + 1) % 2000;
  const distinct = new Map();
  while (distinct.size < 10_000) {
    const frames = [s % 7];
    const depth = 12 + Math.floor(random() * 28);
    while (frames.length < depth) frames.push(called(frames.at(-1), Math.floor(random() ** 4 * 6)));
    distinct.set(frames.join(), frames);
  }
  return [...distinct.values()];
}

function profileOf(builder, random, service, stacks) {
  const type = builder.valueType("cpu", "nanoseconds");
  for (const frames of stacks) {
    let stack = -1;
    for (const frame of frames) {
      const owner = frame % 3 === 0 ? service.replace("-", "") : "commons";
      const name = builder.string(`com.example.${owner}.Handler${frame >> 4}.process${frame}`);
      const file = builder.string(`com/example/${owner}/Handler${frame >> 4}.java`);
      stack = builder.stack(stack, builder.frame({ name, file, line: frame + 1 }));
    }
    builder.sampleOf(stack, type, (1 + Math.floor(random() ** 6 * 12)) * 10_000_000);
  }
  return builder.finish();
}

/** Numbers in [0, 1) that are the same in every run. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
