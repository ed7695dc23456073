import type { Collected, LegacySymbol } from "./collected.ts";
import { addressesOf, type Lines } from "./lines.ts";

const SAMPLE = /^(\d+) +(\d+) +@ +(.*)$/;
const LOCATION = /^0x([0-9a-f]{1,16})\s+(.*)$/;

/**
 * Samples of Java profiles, and behind them what their "addresses" stand for. `weigh` turns a row's two numbers
 * into the sample's values. Source: google/pprof, profile/legacy_java_profile.go.
 */
export function parseJava(
  lines: Lines,
  first: string | undefined,
  collected: Collected,
  weigh: (numbers: readonly [number, number]) => number[],
): Collected {
  let line = first;
  for (; line !== undefined; line = lines.next()) {
    if (line === "") continue;
    const match = SAMPLE.exec(line);
    if (match === null) break;
    const values = weigh([Number(match[1]), Number(match[2])]);
    collected.samples.push({ values, addresses: addressesOf(match[3]!, 0n) });
  }
  for (; line !== undefined; line = lines.next()) addJavaLocation(line, collected);
  return collected;
}

/** `0x0000000d com.example.f (source.java:13)`. */
export function addJavaLocation(line: string, collected: Collected): void {
  const match = LOCATION.exec(line);
  if (match !== null) collected.symbols.set(BigInt(`0x${match[1]!}`), [symbolOf(match[2]!)]);
}

function symbolOf(text: string): LegacySymbol {
  const fileLine = /^(.*)\s+\((.+):(-?\d+)\)$/.exec(text);
  if (fileLine !== null) {
    const line = Number(fileLine[3]);
    return { name: fileLine[1]!, file: fileLine[2]!, line: line > 0 && line < 2 ** 32 ? line : 0 };
  }
  const path = /^(.*)\s+\((.*)\)$/.exec(text);
  if (path !== null) return { name: path[1]!, file: path[2]!.replace(/^.*\//, "") };
  return { name: text.includes("generated stub/JIT") ? "STUB" : text };
}
