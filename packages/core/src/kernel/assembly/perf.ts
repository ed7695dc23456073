// `perf script` text → prefix tree and weights. Works on whole lines; a sample may span pieces of input.
import { isBlank, newline } from "./bytes";
import { fault } from "./faults";
import { group, notePeriod, previousLength, previousStack, setPreviousLength } from "./groups";
import { allocate, regrow } from "./memory";
import * as header from "./perf-header";
import {
  addLine, expectedLine, frameSymbol, knownLine, lineLength, lineMeaning, sourceSymbol, UNUSABLE, withSource,
} from "./perf-lines";
import { addSample } from "./samples";
import { symbolLength, symbolStart } from "./symbols";
import { addToCell, child } from "./trie";

// The same numbers stand in ../faults.ts.
const UNUSABLE_LINE: u32 = 1;
const LINE_OUTSIDE_SAMPLE: u32 = 2;
const TRAILING_ARGUMENTS: u32 = 3;
const RECORD: u32 = 8;

let each: bool = false;
let inSample: bool = false;
let sampleGroup: u32 = 0;
let samplePeriod: f64 = 1;
let sampleTime: f64 = 0;
/** The lines of the current sample, leaf first. */
let ids: usize = 0;
let idsRoom: u32 = 0;
let idCount: u32 = 0;
let linesBefore: f64 = 0;

export let samples: f64 = 0;
export let haveTime: bool = false;
export let baseSeconds: f64 = 0;
/** Nanoseconds from the start of `baseSeconds`. */
export let firstTime: f64 = Infinity;
export let lastTime: f64 = -Infinity;

export function initPerf(eachSample: bool): void {
  each = eachSample;
  idsRoom = 1024;
  ids = allocate(idsRoom << 2);
}

/**
 * Reads the lines in [start, end), which ends with a newline; `offset` is where `start` lies in the input.
 * Ends with a comment, an event line, a frame or a blank line alike: the next call goes on from there.
 */
export function scanPerf(start: usize, end: usize, offset: f64): void {
  let at = start;
  let previous: u32 = 0;
  if (idCount > 0) previous = load<u32>(ids + ((idCount - 1) << 2));
  while (at < end) {
    const c = load<u8>(at);
    if (c == 10) {
      if (inSample) endSample();
      previous = 0;
      at++;
      linesBefore++;
      continue;
    }
    if (inSample) {
      let line = expectedLine(at, end, previous);
      if (line == 0) line = knownLine(at, end, previous);
      if (line == 0) {
        const lineEnd = newline(at);
        if (isEmpty(at, lineEnd) || startsSample(at, lineEnd)) {
          endSample();
          previous = 0;
          continue; // the line is read again, outside a sample
        }
        line = addLine(at, meaningOf(at, lineEnd), previous);
      }
      if (lineMeaning(line) == UNUSABLE) fault(UNUSABLE_LINE, offset + f64(at - start), linesBefore + 1);
      pushLine(line);
      previous = line;
      at += lineLength(line);
      linesBefore++;
      continue;
    }
    const lineEnd = newline(at);
    if (c != 35) startSample(at, lineEnd, offset + f64(at - start));
    at = lineEnd + 1;
    linesBefore++;
  }
}

/** The input is at its end: a last sample may not be followed by a blank line. */
export function finishPerf(): void {
  if (inSample) endSample();
}

function isEmpty(at: usize, end: usize): bool {
  for (; at < end; at++) if (!isBlank(load<u8>(at))) return false;
  return true;
}

/** True for an event line inside a sample: samples of one line are not separated by blank ones. */
function startsSample(at: usize, end: usize): bool {
  return header.readHeader(at, end) && (header.hasTime || (frameSymbolLooksUnusable(at, end) && header.eventEnd > header.eventStart));
}

/** Without interning anything: a frame line begins with a hexadecimal number and a blank. */
function frameSymbolLooksUnusable(at: usize, end: usize): bool {
  while (at < end && isBlank(load<u8>(at))) at++;
  while (at < end) {
    const c = load<u8>(at);
    if (isBlank(c)) return false;
    if (!(c - 48 < 10 || (c | 32) - 97 < 6)) return true;
    at++;
  }
  return true;
}

function meaningOf(at: usize, end: usize): i32 {
  const frame = frameSymbol(at, end);
  if (frame != UNUSABLE || idCount == 0) return frame;
  return sourceSymbol(at, end);
}

function startSample(at: usize, end: usize, offset: f64): void {
  if (isEmpty(at, end)) return;
  if (!header.readHeader(at, end)) {
    fault(LINE_OUTSIDE_SAMPLE, offset, linesBefore + 1);
    return;
  }
  if (isRecord(header.eventStart, end)) {
    fault(RECORD, offset, linesBefore + 1);
    return;
  }
  inSample = true;
  idCount = 0;
  sampleGroup = group(header.whoStart, header.whoEnd, header.eventStart, header.eventEnd, offset);
  samplePeriod = header.period;
  if (header.hasPeriod) notePeriod(sampleGroup);
  if (header.hasTime) noteTime();
  else sampleTime = NaN;
  if (header.trailStart < header.trailEnd) readTrail(offset);
}

/** True for what stands in an event's place where perf script shows other records too: `PERF_RECORD_MMAP2 …`. */
function isRecord(at: usize, end: usize): bool {
  // In the order of bytes in memory: PERF_REC, ORD_.
  return at + 12 <= end && load<u64>(at) == 0x4345525f46524550 && load<u32>(at, 8) == 0x5f44524f;
}

function noteTime(): void {
  if (!haveTime) {
    haveTime = true;
    baseSeconds = header.seconds;
  }
  sampleTime = (header.seconds - baseSeconds) * 1e9 + header.nanoseconds;
  if (sampleTime < firstTime) firstTime = sampleTime;
  if (sampleTime > lastTime) lastTime = sampleTime;
}

/** What follows the event is a stack of one frame, or a tracepoint's arguments. */
function readTrail(offset: f64): void {
  const start = header.trailStart;
  const end = header.trailEnd;
  if (load<u8>(end - 1) == 41) {
    const meaning = frameSymbol(start, end);
    if (meaning != UNUSABLE) {
      let line = knownLine(start, newline(end) + 1, 0);
      if (line == 0) line = addLine(start, meaning, 0);
      pushLine(line);
      endSample();
      return;
    }
  }
  fault(TRAILING_ARGUMENTS, offset, linesBefore + 1);
}

function pushLine(line: u32): void {
  if (idCount == idsRoom) {
    ids = regrow(ids, idsRoom << 2, idsRoom << 3);
    idsRoom *= 2;
  }
  store<u32>(ids + (idCount << 2), line);
  idCount++;
}

/** Walks the sample's lines from the root, first along what the group's previous stack shares with it. */
function endSample(): void {
  const length = idCount;
  const pairs = previousStack(sampleGroup, length);
  const shared = min(length, previousLength(sampleGroup));
  let depth: u32 = 0;
  let last = ids + ((length - 1) << 2);
  while (depth < shared && load<u32>(last - (depth << 2)) == load<u32>(pairs + (depth << 3))) depth++;
  let node: u32 = depth > 0 ? load<u32>(pairs + ((depth - 1) << 3), 4) : 0;
  let source: u32 = 0;
  if (depth > 0) source = pendingSource(load<u32>(pairs + ((depth - 1) << 3)));
  for (; depth < length; depth++) {
    const line = load<u32>(last - (depth << 2));
    const meaning = lineMeaning(line);
    if (meaning > 0) {
      node = child(node, source == 0 ? u32(meaning) : joined(u32(meaning), source));
      source = 0;
    } else if (meaning < 0) source = u32(-meaning);
    store<u32>(pairs + (depth << 3), line);
    store<u32>(pairs + (depth << 3), node, 4);
  }
  setPreviousLength(sampleGroup, length);
  if (each) addSample(node, sampleGroup, sampleTime, samplePeriod);
  else addToCell(node, sampleGroup, samplePeriod, 1);
  samples++;
  inSample = false;
  idCount = 0;
}

/** A source line stands below its frame, so on the way from the root it comes first. */
function pendingSource(line: u32): u32 {
  const meaning = lineMeaning(line);
  return meaning < 0 ? u32(-meaning) : 0;
}

function joined(frame: u32, source: u32): u32 {
  return withSource(
    symbolStart(frame), symbolStart(frame) + symbolLength(frame),
    symbolStart(source), symbolStart(source) + symbolLength(source) - 1,
  );
}

