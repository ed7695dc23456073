import { type Collected, emptyCollected, type LegacySample } from "./collected.ts";
import { GoComments } from "./go-comments.ts";
import { addressesOf, type Lines } from "./lines.ts";
import { isMapSentinel, parseMaps } from "./maps.ts";

const HEADER = /^(\S+) profile: total \d+$/;
const SAMPLE = /^(\d+) @((?: 0x[0-9a-f]+)*)$/;
const THREAD = /^--- Thread ([0-9a-fA-F]+) \(name: (.*)\/(\d+)\) stack: ---/;

export function isCountHeader(line: string): boolean {
  return HEADER.test(line);
}

export function isThreadHeader(line: string): boolean {
  return /^--- threadz \d+ ---/.test(line) || THREAD.test(line);
}

/** Go's profiles that count stacks: goroutine, threadcreate, and the program's own. */
export function parseCounts(lines: Lines, header: string): Collected {
  const type = { name: HEADER.exec(header)![1]!, unit: "count" };
  const collected = emptyCollected([type]);
  collected.period = { type, value: 1 };
  const comments = new GoComments();
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (isMapSentinel(line)) collected.mappings = parseMaps(lines.rest());
    else if (line.startsWith("#")) addLabels(collected, comments.take(line));
    else if (line !== "" && !line.startsWith("---")) {
      comments.endBlock();
      const match = SAMPLE.exec(line);
      if (match === null) throw lines.malformed(`no sample of a ${type.name} profile`);
      collected.samples.push({ values: [Number(match[1])], addresses: addressesOf(match[2]!, 1n) });
    }
  }
  comments.endBlock();
  collected.symbols = comments.symbols;
  return collected;
}

/** Labels stand below the sample that they belong to. */
function addLabels(collected: Collected, labels: ReturnType<GoComments["take"]>): void {
  const last = collected.samples.pop();
  if (last !== undefined) collected.samples.push(labels.length === 0 ? last : { ...last, labels });
}

/** C++ threadz: the stack of every thread, a sample each. */
export function parseThreads(lines: Lines, header: string): Collected {
  const type = { name: "thread", unit: "count" };
  const collected = emptyCollected([type]);
  collected.period = { type, value: 1 };
  let line: string | undefined = header;
  let thread: LegacySample["thread"];
  let addresses: bigint[] = [];
  let isSame = false;
  const close = (): void => {
    if (thread === undefined) return;
    const last = collected.samples.at(-1);
    const stack = isSame && last !== undefined ? last.addresses : addresses;
    collected.samples.push({ values: [1], addresses: stack, thread });
    [thread, addresses, isSame] = [undefined, [], false];
  };
  for (; line !== undefined; line = lines.next()) {
    const match = THREAD.exec(line);
    if (line.startsWith("---")) close();
    if (match !== null) thread = { name: match[2]!, tid: Number(match[3]) };
    else if (isMapSentinel(line)) collected.mappings = parseMaps(lines.rest());
    else if (line.includes("same as previous thread")) isSame = true;
    else if (thread !== undefined) addAddresses(addresses, line);
  }
  close();
  for (const sample of collected.samples) sample.addresses = withoutDoubledLeaf(sample.addresses);
  return collected;
}

/** The leaf is where the thread is; the others are return addresses. */
function addAddresses(addresses: bigint[], line: string): void {
  for (const address of addressesOf(line, 0n))
    addresses.push(addresses.length === 0 ? address : BigInt.asUintN(64, address - 1n));
}

/** The leaf may stand twice: as the thread's place, and as unwound (less 1). */
export function withoutDoubledLeaf(addresses: bigint[]): bigint[] {
  const [leaf, second] = addresses;
  return second !== undefined && leaf === second + 1n ? [leaf, ...addresses.slice(2)] : addresses;
}
