import { eventNameOf } from "./event-names.ts";
import type { Words } from "./words.ts";

/** Bits of `sample_type` (include/uapi/linux/perf_event.h). */
export const SampleBit = {
  ip: 0x1,
  tid: 0x2,
  time: 0x4,
  addr: 0x8,
  read: 0x10,
  callchain: 0x20,
  id: 0x40,
  cpu: 0x80,
  period: 0x100,
  streamId: 0x200,
  raw: 0x400,
  branchStack: 0x800,
  regsUser: 0x1000,
  stackUser: 0x2000,
  identifier: 0x10000,
} as const;

const FLAG_INHERIT = 1;
const FLAG_FREQ = 10;
const FLAG_SAMPLE_ID_ALL = 18;
const TYPE_TRACEPOINT = 2;
const BRANCH_CALL_STACK = 1 << 11;
const BRANCH_HW_INDEX = 1 << 17;

/** Where the fields of a sample lie, from the beginning of its record; -1 where it has none. */
export interface SampleLayout {
  readonly ip: number;
  readonly tid: number;
  readonly time: number;
  readonly id: number;
  readonly cpu: number;
  readonly period: number;
  /** Where the fields of varying length begin: read, callchain, raw, branch stack, … */
  readonly rest: number;
}

/** Where the fields at the end of other records lie, counted back from the record's end; 0 where there is none. */
export interface TrailerLayout {
  readonly time: number;
  readonly id: number;
  readonly size: number;
}

/** An event that was recorded: `struct perf_event_attr`, and how its records are laid out. */
export interface EventAttribute {
  name: string;
  readonly type: number;
  readonly tracepoint: boolean;
  readonly config: number;
  readonly sampleType: number;
  readonly readFormat: number;
  /** The period of every sample; undefined where the kernel chose it by a frequency. */
  readonly fixedPeriod: number | undefined;
  /** Threads and processes made later count too. */
  readonly inherited: boolean;
  readonly sample: SampleLayout;
  readonly trailer: TrailerLayout;
  /** The branch stack holds calls, not jumps (`--call-graph lbr`). */
  readonly lbrCalls: boolean;
  /** The branch stack begins with a number of its own. */
  readonly branchIndex: boolean;
  /** Which of the user's registers samples hold: a bit each, in the kernel's numbering. */
  readonly userRegisters: number;
}

/** Reads the attribute at `at`, of which `size` bytes (64 at least) were written. */
export function readAttribute(words: Words, at: number, size: number): EventAttribute {
  const type = words.u32(at);
  const config = words.u64(at + 8);
  const sampleType = words.u32(at + 24 + words.low);
  const flag = (bit: number): boolean => readFlag(words, at + 40, bit);
  const branches = size >= 80 ? words.u32(at + 72 + words.low) : 0;
  const period = words.u64(at + 16);
  return {
    name: eventNameOf(type, config),
    type,
    tracepoint: type === TYPE_TRACEPOINT,
    config,
    sampleType,
    readFormat: words.u32(at + 32 + words.low),
    fixedPeriod: flag(FLAG_FREQ) || period === 0 ? undefined : period,
    inherited: flag(FLAG_INHERIT),
    sample: sampleLayout(sampleType),
    trailer: flag(FLAG_SAMPLE_ID_ALL) ? trailerLayout(sampleType) : { time: 0, id: 0, size: 0 },
    lbrCalls: (branches & BRANCH_CALL_STACK) !== 0 && (sampleType & SampleBit.branchStack) !== 0,
    branchIndex: (branches & BRANCH_HW_INDEX) !== 0,
    userRegisters: size >= 88 ? words.u32(at + 80 + words.low) : 0,
  };
}

/** C's bit fields begin at the lowest bit on little-endian machines, at the highest on the others. */
function readFlag(words: Words, at: number, bit: number): boolean {
  const place = words.little ? bit : 63 - bit;
  const half = words.u32(at + (place < 32 ? words.low : words.high));
  return ((half >>> (place % 32)) & 1) === 1;
}

/**
 * ```
 *   header 8 | identifier | ip | pid,tid | time | addr | id | stream | cpu,- | period | read … callchain …
 * ```
 * Each is there if its bit is set, and takes eight bytes.
 */
function sampleLayout(sampleType: number): SampleLayout {
  let at = 8;
  const place = (bit: number): number => {
    if ((sampleType & bit) === 0) return -1;
    at += 8;
    return at - 8;
  };
  const identifier = place(SampleBit.identifier);
  const ip = place(SampleBit.ip);
  const tid = place(SampleBit.tid);
  const time = place(SampleBit.time);
  place(SampleBit.addr);
  const id = place(SampleBit.id);
  place(SampleBit.streamId);
  const cpu = place(SampleBit.cpu);
  const period = place(SampleBit.period);
  return { ip, tid, time, id: identifier >= 0 ? identifier : id, cpu, period, rest: at };
}

/** ```pid,tid | time | id | stream | cpu,- | identifier``` at the end of every record that is no sample. */
function trailerLayout(sampleType: number): TrailerLayout {
  let size = 0;
  const place = (bit: number): number => {
    if ((sampleType & bit) !== 0) size += 8;
    return (sampleType & bit) === 0 ? 0 : size;
  };
  const identifier = place(SampleBit.identifier);
  place(SampleBit.cpu);
  place(SampleBit.streamId);
  const id = place(SampleBit.id);
  const time = place(SampleBit.time);
  place(SampleBit.tid);
  return { time, id: identifier > 0 ? identifier : id, size };
}

/** Bits of `read_format`. */
export const ReadBit = { enabled: 1, running: 2, id: 4, group: 8, lost: 16 } as const;

/** Bytes of the counter values in a sample (`PERF_SAMPLE_READ`); `first` is the first number there. */
export function readSize(readFormat: number, first: number): number {
  const has = (bit: number): number => ((readFormat & bit) !== 0 ? 1 : 0);
  const times = has(ReadBit.enabled) + has(ReadBit.running);
  const each = 1 + has(ReadBit.id) + has(ReadBit.lost);
  return 8 * (has(ReadBit.group) === 1 ? 1 + times + first * each : times + each);
}
