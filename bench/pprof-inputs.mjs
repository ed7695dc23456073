/**
 * Makes the pprof benchmark's inputs, with fixed seeds.
 *
 *     node bench/pprof-inputs.mjs real BASE OUT [MB]      stacks of a real profile, again with other labels
 *     node bench/pprof-inputs.mjs random OUT [SAMPLES]    random walks over a random call graph
 *
 * `real`: a large profile repeats its stacks: samples differ in labels (the thread, the endpoint, one of 20,000
 * spans) and values. `random` is the worst case of a prefix tree: nearly every stack is new.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A buffer to write protobuf into. */
class Out {
  bytes = Buffer.allocUnsafe(256);
  length = 0;

  reserve(size) {
    if (this.length + size <= this.bytes.length) return;
    const bigger = Buffer.allocUnsafe(Math.max(this.bytes.length * 2, this.length + size));
    this.bytes.copy(bigger, 0, 0, this.length);
    this.bytes = bigger;
  }

  varint(value) {
    this.reserve(10);
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.bytes[this.length++] = (rest % 128) | 128;
    this.bytes[this.length++] = rest;
  }

  raw(bytes) {
    this.reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  field(number, bytes) {
    this.varint(number * 8 + 2);
    this.varint(bytes.length);
    this.raw(bytes);
  }

  view() {
    return this.bytes.subarray(0, this.length);
  }
}

function message(...pairs) {
  const out = new Out();
  for (const [field, value] of pairs) {
    if (typeof value === "number") {
      out.varint(field * 8);
      out.varint(value);
    } else out.field(field, value);
  }
  return out.view();
}

function packed(values) {
  const out = new Out();
  for (const value of values) out.varint(value);
  return out.view();
}

/** A linear congruential generator: numbers in [0, 1). */
function random(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 0) / 4294967296;
  };
}

/** Top-level fields as [number, content or value, whole field]. */
function* fieldsOf(bytes) {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const start = at;
    const tag = varint();
    const value = varint();
    if ((tag & 7) === 2) at += value;
    yield [
      Math.floor(tag / 8),
      (tag & 7) === 2 ? bytes.subarray(at - value, at) : value,
      bytes.subarray(start, at),
    ];
  }
}

function amplified(base, size) {
  const next = random(42);
  const pick = (count) => Math.floor(next() * count);
  const file = readFileSync(base);
  const fields = [...fieldsOf(file[0] === 0x1f ? gunzipSync(file) : file)];
  let strings = fields.filter(([field]) => field === 6).length;
  const added = [];
  const string = (text) => {
    added.push(text);
    return strings++;
  };
  const types = fields.filter(([field]) => field === 1).length;
  const stacks = fields
    .filter(([field]) => field === 2)
    .map(([, sample]) => [...fieldsOf(sample)].find(([field]) => field === 1)?.[2])
    .filter((list) => list !== undefined);
  const keys = ["thread", "thread_id", "endpoint", "span_id"].map(string);
  const threads = Array.from({ length: 64 }, (_, i) => string(`worker-${i}`));
  const endpoints = Array.from({ length: 50 }, (_, i) => string(`/api/resource${i}/{id}`));
  const spans = Array.from({ length: 20_000 }, () => {
    const thread = pick(threads.length);
    const labels = new Out();
    labels.field(3, message([1, keys[0]], [2, threads[thread]]));
    labels.field(3, message([1, keys[1]], [3, 4000 + thread]));
    labels.field(3, message([1, keys[2]], [2, endpoints[pick(endpoints.length)]]));
    labels.field(3, message([1, keys[3]], [3, 1 + Math.floor(next() * 2 ** 50)]));
    return labels.view();
  });
  const out = new Out();
  for (const [field, , whole] of fields) if (field === 1) out.raw(whole);
  let samples = 0;
  for (; out.length < size; samples++) {
    const stack = stacks[pick(stacks.length)];
    const values = packed(Array.from({ length: types }, () => (1 + pick(5)) * 10_000_000));
    const sample = new Out();
    sample.raw(stack);
    sample.field(2, values);
    sample.raw(spans[pick(spans.length)]);
    out.field(2, sample.view());
  }
  for (const [field, , whole] of fields) if (field > 2) out.raw(whole);
  for (const text of added) out.field(6, Buffer.from(text));
  return { bytes: out.view(), samples };
}

function randomWalks(samples) {
  const FUNCTIONS = 20_000;
  const LOCATIONS = 60_000;
  const next = random(7);
  const pick = (count) => Math.floor(next() * count);
  const strings = ["", "samples", "count", "cpu", "nanoseconds", "thread"];
  const string = (text) => strings.push(text) - 1;
  const threads = Array.from({ length: 64 }, (_, i) => string(`worker-${i}`));
  const callees = Array.from({ length: LOCATIONS }, () =>
    Array.from({ length: 1 + Math.floor(next() * next() * 10) }, () => 1 + pick(LOCATIONS)),
  );
  const out = new Out();
  out.field(1, message([1, 1], [2, 2]));
  out.field(1, message([1, 3], [2, 4]));
  for (let i = 0; i < samples; i++) {
    let location = 1 + pick(50);
    const stack = [location];
    for (let depth = 15 + pick(30); stack.length < depth; ) {
      const choice = callees[location - 1];
      location = choice[Math.floor(next() ** 3 * choice.length)];
      stack.push(location);
    }
    const count = 1 + pick(3);
    const label = message([1, 5], [2, threads[pick(64)]]);
    const values = packed([count, count * 10_000_000]);
    out.field(2, message([1, packed(stack.reverse())], [2, values], [3, label]));
  }
  out.field(3, message([1, 1], [2, 4194304], [3, 50_000_000], [5, string("/usr/bin/service")]));
  for (let id = 1; id <= LOCATIONS; id++) {
    const line = message([1, 1 + pick(FUNCTIONS)], [2, 1 + pick(2000)]);
    out.field(4, message([1, id], [2, 1], [3, 4194304 + id * 64], [4, line]));
  }
  for (let id = 1; id <= FUNCTIONS; id++) {
    const name = string(`github.com/acme/service/pkg${id % 300}.(*Type${id % 900}).Method${id}`);
    const file = string(`/go/src/github.com/acme/service/pkg${id % 300}/file${id % 2000}.go`);
    out.field(5, message([1, id], [2, name], [3, name], [4, file]));
  }
  for (const text of strings) out.field(6, Buffer.from(text));
  return { bytes: out.view(), samples };
}

const [kind, ...rest] = process.argv.slice(2);
if (kind === "real" && rest.length >= 2) {
  const { bytes, samples } = amplified(rest[0], Number(rest[2] ?? 100) * 1e6);
  writeFileSync(rest[1], bytes);
  console.log(`${rest[1]}: ${bytes.length} bytes, ${samples} samples`);
} else if (kind === "random" && rest.length >= 1) {
  const { bytes, samples } = randomWalks(Number(rest[1] ?? 1e6));
  writeFileSync(rest[0], bytes);
  console.log(`${rest[0]}: ${bytes.length} bytes, ${samples} samples`);
} else {
  console.error("usage: node bench/pprof-inputs.mjs real BASE OUT [MB] | random OUT [SAMPLES]");
  process.exitCode = 2;
}
