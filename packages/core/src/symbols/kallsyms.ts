import { Binding, FunctionCollector, type FunctionTable } from "./function-table.ts";

const NEWLINE = 10;
const TAB = 9;
const WORD = 2 ** 32;

/** The kernel's own list of its functions. */
export interface KernelSymbols {
  readonly functions: FunctionTable;
  /** Where its text begins; undefined where the list does not say. */
  readonly textStart: number | undefined;
  /** True where all addresses are hidden (`kernel.kptr_restrict`). */
  readonly hidden: boolean;
}

/**
 * Reads `/proc/kallsyms`: ```ffffffff81000000 T _text``` and, of a module, ```ffffffffc0001000 t f	[module]```.
 * Addresses become signed numbers.
 */
export function readKallsyms(bytes: Uint8Array): KernelSymbols {
  const found = new FunctionCollector(bytes);
  let textStart: number | undefined;
  let hidden = true;
  for (let at = 0; at < bytes.length; ) {
    const newline = bytes.indexOf(NEWLINE, at);
    const end = newline < 0 ? bytes.length : newline;
    const digits = hexDigits(bytes, at, end);
    const type = bytes[at + digits + 1]! | 0x20;
    const from = at + digits + 3;
    // Text (t) and weak (w) symbols; data (d, b, r) is no code.
    if (digits > 0 && digits <= 16 && from < end && (type === 0x74 || type === 0x77)) {
      const address = signedHex(bytes, at, digits);
      if (address !== 0) hidden = false;
      const tab = bytes.subarray(from, end).indexOf(TAB);
      const to = tab < 0 ? end : from + tab;
      found.add(address, 0, from, to, Binding.local);
      if (textStart === undefined && isText(bytes, from, to)) textStart = address;
    }
    at = end + 1;
  }
  return { functions: found.finish((name) => name), textStart, hidden };
}

const TEXT = [..."_text"].map((letter) => letter.charCodeAt(0));

function isText(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === TEXT.length && TEXT.every((code, i) => bytes[from + i] === code);
}

/** How many hexadecimal digits stand at `at`. */
export function hexDigits(bytes: Uint8Array, at: number, end: number): number {
  let stop = at;
  while (stop < end && hexValue(bytes[stop]!) >= 0) stop++;
  return stop - at;
}

/** At most 16 digits as a signed 64-bit number. */
export function signedHex(bytes: Uint8Array, at: number, digits: number): number {
  let low = 0;
  let high = 0;
  for (let i = 0; i < digits; i++) {
    high = (high << 4) | (low >>> 28);
    low = (low << 4) | hexValue(bytes[at + i]!);
  }
  return high * WORD + (low >>> 0);
}

function hexValue(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
