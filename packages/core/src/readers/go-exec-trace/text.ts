import { encodeUtf8 } from "../../util/platform.ts";
import { EVENT_NUMBERS } from "./specs.ts";

const BATCH = "EventBatch";
const END = "EndOfGeneration";

/** What a file in the text form looks like. */
export const TEXT_HEADER: RegExp = /(?:^|\n)Trace Go1\.(\d+)\r?\n/;

/**
 * Brings the text form of a trace (tests of Go's own trace package, `go tool trace -d=wire` since Go 1.22, with or without
 * the archive around it) to the binary form:
 *
 * ```
 * Trace Go1.22
 * EventBatch gen=1 m=0 time=0 size=15
 * GoStatus dt=1 g=1 m=0 gstatus=2
 * String id=1
 * 	data="my task"
 * ```
 *
 * Returns undefined where the text is none.
 */
export function binaryOfText(
  text: string,
): { readonly bytes: Uint8Array; readonly badLines: number } | undefined {
  const header = TEXT_HEADER.exec(text);
  if (header === null) return undefined;
  const batches = new Batches(encodeUtf8(`go 1.${header[1]} trace\0\0\0`));
  let badLines = 0;
  for (const raw of text.slice(header.index + header[0].length).split("\n")) {
    if (raw.startsWith("-- ")) break;
    const line = raw.trimEnd();
    if (line !== "" && !batches.line(line)) badLines++;
  }
  return { bytes: batches.finish(), badLines };
}

/** Puts batches together: their length is known when the next one begins. */
class Batches {
  readonly #out: number[];
  #header: number[] | undefined;
  #body: number[] = [];

  constructor(start: Uint8Array) {
    this.#out = [...start];
  }

  /** False where the line is nothing known. */
  line(line: string): boolean {
    if (/^\s/.test(line)) return this.#header !== undefined && continued(line.trim(), this.#body);
    const [name = "", ...fields] = line.split(" ");
    const type = EVENT_NUMBERS.get(name);
    const values = fields.map((field) => /^[a-z_]+=(\d+)$/.exec(field)?.[1]);
    if (type === undefined || values.includes(undefined)) return false;
    if (name === END) {
      this.#flush();
      this.#out.push(type);
      return true;
    }
    if (name === BATCH) {
      this.#flush();
      this.#header = [type];
    } else if (this.#header === undefined) return false;
    else this.#body.push(type);
    // The text gives a batch's size as well; it is counted anew.
    const target = name === BATCH ? this.#header : this.#body;
    for (const value of name === BATCH ? values.slice(0, 3) : values) varint(target, BigInt(value!));
    return true;
  }

  finish(): Uint8Array {
    this.#flush();
    return Uint8Array.from(this.#out);
  }

  #flush(): void {
    if (this.#header === undefined) return;
    for (const byte of this.#header) this.#out.push(byte);
    varint(this.#out, BigInt(this.#body.length));
    for (const byte of this.#body) this.#out.push(byte);
    this.#header = undefined;
    this.#body = [];
  }
}

/** A string's text, or a frame of a stack, on a line of its own. */
function continued(line: string, body: number[]): boolean {
  const data = /^data=(".*")$/.exec(line)?.[1];
  if (data !== undefined) {
    const bytes = encodeUtf8(unquoted(data));
    varint(body, BigInt(bytes.length));
    for (const byte of bytes) body.push(byte);
    return true;
  }
  const frame = /^pc=(\d+) func=(\d+) file=(\d+) line=(\d+)$/.exec(line);
  if (frame === null) return false;
  for (const value of frame.slice(1)) varint(body, BigInt(value));
  return true;
}

/** Go's quoted strings are JSON's, but for escapes that names do not have. */
function unquoted(text: string): string {
  try {
    return String(JSON.parse(text));
  } catch {
    return text.slice(1, -1);
  }
}

function varint(out: number[], value: bigint): void {
  let rest = BigInt.asUintN(64, value);
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  out.push(Number(rest));
}
