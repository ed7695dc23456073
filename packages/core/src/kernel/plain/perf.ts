import { StringInterner } from "../../model/strings.ts";
import { decodeLatin1 } from "../../util/platform.ts";
import { FaultCode } from "../faults.ts";
import type { ScanTables } from "../kernel.ts";
import { type PerfHeader, readHeader } from "./perf-header.ts";
import type { LineScanner } from "./scanner.ts";
import { PlainTables } from "./tables.ts";

const NEWLINE = 10;
/** A line below an event line: a frame, a source line, or neither. */
type Meaning = { readonly kind: "frame" | "source"; readonly text: string; symbol: number } | undefined;

/** `perf script` text → tables, line by line. See assembly/perf.ts and perf-lines.ts for the rules. */
export class PlainPerf implements LineScanner {
  readonly #tables: PlainTables;
  readonly #each: boolean;
  readonly #addresses: boolean;
  /** Lines seen before, as bytes: most lines stand thousands of times, and are decoded once. */
  readonly #known = new StringInterner();
  readonly #meanings: Meaning[] = [undefined];
  readonly #symbols = new Map<string, number>();
  #lines = 0;
  #header: PerfHeader | undefined;
  #group = 0;
  #frames: Meaning[] = [];
  #baseSeconds: number | undefined;
  #first = Number.POSITIVE_INFINITY;
  #last = Number.NEGATIVE_INFINITY;

  constructor(each: boolean, addresses: boolean) {
    this.#tables = new PlainTables(each);
    this.#each = each;
    this.#addresses = addresses;
  }

  scan(bytes: Uint8Array, length: number, offset: number): void {
    for (let start = 0; start < length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      this.#lines++;
      if (this.#header === undefined || !this.#knownLine(bytes, start, newline, offset + start)) {
        this.#line(bytes, start, newline, offset + start);
      }
      start = newline + 1;
    }
  }

  /** The fast path: a line inside a sample that was there before. */
  #knownLine(bytes: Uint8Array, start: number, end: number, offset: number): boolean {
    const id = this.#known.find(bytes, start, end);
    if (id <= 0) return false;
    const meaning = this.#meanings[id];
    if (meaning === undefined) this.#tables.fault(FaultCode.unusableLine, offset, this.#lines);
    this.#frames.push(meaning);
    return true;
  }

  finish(): ScanTables {
    if (this.#header !== undefined) this.#endSample();
    const time =
      this.#baseSeconds === undefined
        ? undefined
        : { baseSeconds: this.#baseSeconds, first: this.#first, last: this.#last };
    return this.#tables.finish(time);
  }

  #line(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const line = decodeLatin1(bytes.subarray(start, end));
    const blank = /^[\0-\x20]*$/.test(line);
    if (this.#header !== undefined) {
      if (!blank && !this.#startsSample(line)) {
        const meaning =
          frameOf(line, this.#addresses) ?? (this.#frames.length > 0 ? sourceOf(line) : undefined);
        this.#meanings[this.#known.addBytes(bytes, start, end)] = meaning;
        this.#knownLine(bytes, start, end, offset);
        return;
      }
      this.#endSample();
    }
    if (!blank && !line.startsWith("#")) this.#startSample(line, offset);
  }

  /** An event line inside a sample: samples of one line are not separated by blank ones. */
  #startsSample(line: string): boolean {
    const header = readHeader(line);
    if (header === undefined) return false;
    if (header.time !== undefined) return true;
    const firstWord = /[^\0-\x20]+/.exec(line)![0];
    const looksLikeFrame = /^[0-9a-fA-F]+$/.test(firstWord) && /[^\0-\x20][\0-\x20]/.test(line);
    return !looksLikeFrame && header.event !== "";
  }

  #startSample(line: string, offset: number): void {
    const header = readHeader(line);
    if (header === undefined) {
      this.#tables.fault(FaultCode.lineOutsideSample, offset, this.#lines);
      return;
    }
    if (/^PERF_RECORD_/.test(header.event || header.trail)) {
      this.#tables.fault(FaultCode.record, offset, this.#lines);
      return;
    }
    this.#header = header;
    this.#frames = [];
    this.#group = this.#tables.group(`${header.who.length}/${header.who}${header.event}`, () => ({
      who: latin1Bytes(header.who),
      event: latin1Bytes(header.event),
      hasPeriod: false,
      offset,
    }));
    if (header.period !== undefined) this.#tables.notePeriod(this.#group);
    if (header.time !== undefined) {
      this.#baseSeconds ??= header.time.seconds;
      const time = this.#nanoseconds(header);
      this.#first = Math.min(this.#first, time);
      this.#last = Math.max(this.#last, time);
    }
    if (header.trail !== "") this.#trail(header.trail, offset);
  }

  #trail(trail: string, offset: number): void {
    const frame = trail.endsWith(")") ? frameOf(trail, this.#addresses) : undefined;
    if (frame === undefined) {
      this.#tables.fault(FaultCode.trailingArguments, offset, this.#lines);
      return;
    }
    this.#frames.push(frame);
    this.#endSample();
  }

  #nanoseconds(header: PerfHeader): number {
    if (header.time === undefined) return Number.NaN;
    return (header.time.seconds - this.#baseSeconds!) * 1e9 + header.time.nanoseconds;
  }

  #endSample(): void {
    const header = this.#header!;
    let node = 0;
    let source = "";
    for (let i = this.#frames.length - 1; i >= 0; i--) {
      const frame = this.#frames[i];
      if (frame === undefined) continue;
      if (frame.kind === "source") source = frame.text;
      else {
        const symbol = source === "" ? this.#symbolOf(frame) : this.#symbol(`${frame.text}\0${source}\0`);
        node = this.#tables.child(node, symbol);
        source = "";
      }
    }
    const period = header.period ?? 1;
    if (this.#each) this.#tables.add(node, this.#group, this.#nanoseconds(header), period);
    else this.#tables.add(node, this.#group, period, 1);
    this.#header = undefined;
    this.#frames = [];
  }

  #symbolOf(frame: NonNullable<Meaning>): number {
    if (frame.symbol === 0) frame.symbol = this.#symbol(frame.text);
    return frame.symbol;
  }

  #symbol(text: string): number {
    let symbol = this.#symbols.get(text);
    if (symbol === undefined) {
      symbol = this.#tables.symbol(latin1Bytes(text));
      this.#symbols.set(text, symbol);
    }
    return symbol;
  }
}

function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** `address name+0x1f (module)` → `name 0 module 0 [address 0]`. */
function frameOf(line: string, addresses: boolean): Meaning {
  const match = /^[\0-\x20]*([0-9a-fA-F]+)[\0-\x20]+([^\0-\x20](?:[\s\S]*[^\0-\x20])?)[\0-\x20]*$/.exec(line);
  if (match === null || match[2]!.includes("\0")) return undefined;
  const [, address, rest] = match;
  const open = moduleStart(rest!);
  const module = open < 0 ? "" : rest!.slice(open + 1, -1);
  const name = (open < 0 ? rest! : rest!.slice(0, open))
    .replace(/[\0-\x20]+$/, "")
    .replace(/\+0x[0-9a-fA-F]+$/, "");
  const unknown = name === "" || name === "[unknown]";
  return {
    kind: "frame",
    text: `${name}\0${module}\0${addresses && unknown ? `${address}\0` : ""}`,
    symbol: 0,
  };
}

/** Position of the parenthesis that opens the module, or -1. */
function moduleStart(text: string): number {
  if (!text.endsWith(")")) return -1;
  let depth = 0;
  let nearest = -1;
  for (let i = text.length - 1; i >= 0; i--) {
    if (text[i] === ")") depth++;
    else if (text[i] === "(") {
      const afterBlank = i === 0 || text.charCodeAt(i - 1) <= 0x20;
      if (afterBlank && nearest < 0) nearest = i;
      if (--depth === 0) return afterBlank ? i : -1;
    }
  }
  return nearest;
}

function sourceOf(line: string): Meaning {
  const text = line.replace(/[\0-\x20]+$/, "");
  return /^ {2}[^\0-\x20]/.test(text) && !text.includes("\0")
    ? { kind: "source", text: text.slice(2), symbol: 0 }
    : undefined;
}
