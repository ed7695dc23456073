import type { CodeNames } from "../codec/code-names.ts";
import { FlambeauError } from "../util/errors.ts";
import { decodeUtf8 } from "../util/platform.ts";
import { paint } from "./painted.ts";

const MAGIC = 0x4a695444;
const HEADER = 40;
const CODE_LOAD = 0;
const CODE_MOVE = 1;
/** Loads that are looked at when code lies where other code lay later. */
const MOST_STEPS = 4096;

/** A function that a JIT made. */
interface CodeLoad {
  readonly start: number;
  readonly end: number;
  /** Nanoseconds of the clock of the recording. */
  readonly time: number;
  /** Of a record of moved code it is that of the load before. */
  readonly name: string;
}

/** The functions of a jitdump. */
export interface JitDump extends CodeNames {
  readonly loads: number;
  /** Name by the number that `perf inject` gives the function's file: `jitted-PID-NUMBER.so`. */
  byNumber(number: number): string | undefined;
}

/**
 * Reads `jit-PID.dump`. Format: tools/perf/Documentation/jitdump-specification.txt.
 *
 * ```
 *   magic 4 | version 4 | header size 4 | machine 4 | - 4 | pid 4 | time 8 | flags 8
 *   { kind 4 | size 4 | time 8 | pid 4 | tid 4 | vma 8 | address 8 | size 8 | number 8 | name, zero | code } …
 * ```
 * @throws FlambeauError malformed where it is no jitdump
 */
export function readJitDump(bytes: Uint8Array): JitDump {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = bytes.length >= HEADER && view.getUint32(0, true) === MAGIC;
  if (!little && (bytes.length < HEADER || view.getUint32(0, false) !== MAGIC)) {
    throw new FlambeauError("malformed", "it does not begin as a jitdump", { format: "jitdump", offset: 0 });
  }
  const u64 = (at: number): number =>
    view.getUint32(at + (little ? 0 : 4), little) + view.getUint32(at + (little ? 4 : 0), little) * 2 ** 32;
  const loads: CodeLoad[] = [];
  const byNumber = new Map<number, CodeLoad>();
  let at = view.getUint32(8, little);
  while (at >= HEADER && at + 16 <= bytes.length) {
    const kind = view.getUint32(at, little);
    const size = view.getUint32(at + 4, little);
    if (size < 16 || at + size > bytes.length) break;
    const time = u64(at + 8);
    if (kind === CODE_LOAD && size >= 56) {
      const start = u64(at + 32);
      const name = textAt(bytes, at + 56, at + size);
      const load: CodeLoad = { start, end: start + u64(at + 40), time, name };
      loads.push(load);
      byNumber.set(u64(at + 48), load);
    } else if (kind === CODE_MOVE && size >= 64) {
      const load = byNumber.get(u64(at + 56));
      const start = u64(at + 40);
      if (load !== undefined) loads.push({ start, end: start + u64(at + 48), time, name: load.name });
    }
    at += size;
  }
  return namesOf(loads, byNumber);
}

function namesOf(loads: CodeLoad[], byNumber: ReadonlyMap<number, CodeLoad>): JitDump {
  const starts = Float64Array.from(loads, ({ start }) => start);
  const painted = paint(
    starts,
    Float64Array.from(loads, ({ end }) => end),
  );
  let byStart: CodeLoad[] | undefined;
  return {
    loads: loads.length,
    byNumber: (number) => byNumber.get(number)?.name,
    at(address, time) {
      const load = loads[painted.find(address)];
      if (load === undefined || load.time <= time) return load?.name;
      byStart ??= [...loads].sort((a, b) => a.start - b.start || a.time - b.time);
      return earlier(byStart, address, time)?.name ?? load.name;
    },
  };
}

/** The newest load that was there at a time. */
function earlier(byStart: readonly CodeLoad[], address: number, time: number): CodeLoad | undefined {
  let from = 0;
  let to = byStart.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if (byStart[middle]!.start <= address) from = middle + 1;
    else to = middle;
  }
  let best: CodeLoad | undefined;
  for (let i = from - 1; i >= Math.max(0, from - MOST_STEPS); i--) {
    const load = byStart[i]!;
    if (address < load.end && load.time <= time && load.time > (best?.time ?? -1)) best = load;
  }
  return best;
}

function textAt(bytes: Uint8Array, from: number, end: number): string {
  const length = bytes.subarray(from, end).indexOf(0);
  return decodeUtf8(bytes.subarray(from, length < 0 ? end : from + length));
}
