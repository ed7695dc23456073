import { FlambeauError } from "../../util/errors.ts";
import { decodeLatin1, decodeUtf8 } from "../../util/platform.ts";
import { type Collected, FORMAT, type LegacySymbol } from "./collected.ts";

const BEGIN = "--- symbol\n";
/** Behind the symbols: what kind of profile follows. */
const PROFILE = /^--- (?:profile|heap|growth|contention)$/;

/** True where a list of symbols stands before the profile. */
export function isSymbolised(bytes: Uint8Array): boolean {
  return decodeLatin1(bytes.subarray(0, BEGIN.length)) === BEGIN;
}

/**
 * A profile behind the names of its addresses, as the older pprof (Perl) and jeprof write it with `--raw`:
 *
 * ```
 *   --- symbol
 *   binary=./app
 *   0x000055ce86f364eb main<0000000000002300>--inlined_into_main--inlined_into_that
 *   ---
 *   --- profile
 * ```
 *
 * What follows is a CPU profile in words, of which the period is lost, or the text of a heap profile.
 */
export function parseSymbolised(bytes: Uint8Array, parse: (profile: Uint8Array) => Collected): Collected {
  const symbols = new Map<bigint, readonly LegacySymbol[]>();
  let at = BEGIN.length;
  let line = 1;
  for (;;) {
    const end = bytes.indexOf(10, at);
    if (end < 0) break;
    const text = decodeUtf8(bytes.subarray(at, end)).trimEnd();
    at = end + 1;
    line++;
    if (PROFILE.test(text)) return withSymbols(parse(bytes.subarray(at)), symbols);
    const match = /^0x([0-9a-f]{1,16}) (.+)$/.exec(text);
    if (match !== null) symbols.set(BigInt(`0x${match[1]!}`), functionsOf(match[2]!));
  }
  throw new FlambeauError("malformed", "no profile stands behind the symbols", { format: FORMAT, line });
}

/** Outermost first in the file; where it starts stands behind the name of a function without debug information. */
function functionsOf(text: string): LegacySymbol[] {
  return text
    .split(/(?<!operator)--/)
    .map((name) => ({ name: name.replace(/<[0-9a-f]{16}>$/, "") }))
    .filter(({ name }) => name !== "")
    .reverse();
}

/** Addresses of callers are one less than in the file: once, or twice where the list's were so already. */
function withSymbols(collected: Collected, symbols: ReadonlyMap<bigint, readonly LegacySymbol[]>): Collected {
  for (const { addresses } of collected.samples) {
    for (const address of addresses) {
      const found = symbols.get(address) ?? symbols.get(address + 1n);
      if (found !== undefined && !collected.symbols.has(address)) collected.symbols.set(address, found);
    }
  }
  // The words' header says one microsecond for whatever it was.
  if (collected.period?.type.name !== "cpu") return collected;
  const samples = collected.samples.map((sample) => ({ ...sample, values: sample.values.slice(0, 1) }));
  return { ...collected, types: collected.types.slice(0, 1), samples, period: undefined };
}
