import { type Collected, emptyCollected } from "./collected.ts";
import { GoComments } from "./go-comments.ts";
import { parseJava } from "./java.ts";
import { addressesOf, type Lines } from "./lines.ts";
import { isMapSentinel, parseMaps } from "./maps.ts";

const SAMPLE = /^(\d+) +(\d+) @(.*)$/;

/** What stands as `name = value` above the samples. */
interface Attributes {
  cyclesPerSecond: number;
  period: number;
  isJava: boolean;
  unit: string;
  milliseconds: number;
}

/** True for the first line of a contention or mutex profile. */
export function isContentionHeader(line: string): boolean {
  return line.startsWith("--- contentionz ") || /^--- (mutex|contention):/.test(line);
}

/** Contention profiles of C++ and of Go (`block` and `mutex`): delay in cycles, contentions. */
export function parseContention(lines: Lines): Collected {
  const attributes: Attributes = { cyclesPerSecond: 0, period: 1, isJava: false, unit: "", milliseconds: 0 };
  let line = lines.next();
  while (line !== undefined && (line === "" || readAttribute(line, attributes))) line = lines.next();
  const collected = emptyCollected([
    { name: "contentions", unit: "count" },
    { name: "delay", unit: attributes.isJava ? attributes.unit : "nanoseconds" },
  ]);
  collected.period = { type: { name: "contentions", unit: "count" }, value: attributes.period };
  collected.duration = attributes.milliseconds * 1e6;
  if (attributes.isJava) {
    return parseJava(lines, line, collected, ([delay, count]) => [
      count * attributes.period,
      delay * attributes.period,
    ]);
  }
  const comments = new GoComments();
  for (; line !== undefined; line = lines.next()) {
    if (isMapSentinel(line)) collected.mappings = parseMaps(lines.rest());
    else if (line.startsWith("#")) comments.take(line);
    else if (line !== "" && !line.startsWith("---")) {
      comments.endBlock();
      collected.samples.push(sampleOf(line, attributes, lines));
    }
  }
  comments.endBlock();
  collected.symbols = comments.symbols;
  return collected;
}

/** True where the line is an attribute. */
function readAttribute(line: string, attributes: Attributes): boolean {
  const match = /^([\w/ ]+?) *= *(\w+)$/.exec(line);
  if (match === null) return false;
  const [, key, value] = match;
  if (key === "cycles/second") attributes.cyclesPerSecond = Number(value);
  else if (key === "sampling period") attributes.period = Number(value);
  else if (key === "ms since reset") attributes.milliseconds = Number(value);
  else if (key === "format") attributes.isJava = value === "java";
  else if (key === "resolution") attributes.unit = value!;
  return true;
}

function sampleOf(
  line: string,
  { cyclesPerSecond, period }: Attributes,
  lines: Lines,
): Collected["samples"][number] {
  const match = SAMPLE.exec(line);
  if (match === null) throw lines.malformed("no sample of a contention profile");
  let delay = Number(match[1]);
  let count = Number(match[2]);
  if (period > 0) {
    if (cyclesPerSecond > 0) delay = Math.trunc((delay * period) / (cyclesPerSecond / 1e9));
    count *= period;
  }
  return { values: [count, delay], addresses: addressesOf(match[3]!, 1n) };
}
