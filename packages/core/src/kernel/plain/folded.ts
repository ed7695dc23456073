import { decodeLatin1 } from "../../util/platform.ts";
import { FaultCode } from "../faults.ts";
import type { ScanTables } from "../kernel.ts";
import type { LineScanner } from "./scanner.ts";
import { PlainTables } from "./tables.ts";

const NEWLINE = 10;
const SEMICOLON = 0x3b;
const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;

/** Folded stacks → tables, line by line. See assembly/folded.ts for the rules. */
export class PlainFolded implements LineScanner {
  readonly #tables: PlainTables;
  readonly #columns: 1 | 2;
  #lines = 0;

  constructor(each: boolean, columns: 1 | 2) {
    this.#tables = new PlainTables(each);
    this.#columns = columns;
  }

  scan(bytes: Uint8Array, length: number, offset: number): void {
    for (let start = 0; start < length; ) {
      const newline = bytes.indexOf(NEWLINE, start);
      this.#lines++;
      if (newline > start) this.#line(bytes, start, newline, offset + start);
      start = newline + 1;
    }
  }

  finish(): ScanTables {
    return this.#tables.finish(undefined);
  }

  #line(bytes: Uint8Array, start: number, newline: number, offset: number): void {
    const end = trimEnd(bytes, start, newline);
    if (end === start) return;
    if (isComment(bytes, start, end)) {
      this.#tables.fault(FaultCode.comment, offset, this.#lines);
      return;
    }
    const counts: number[] = [];
    let stackEnd = end;
    for (let column = 0; column < this.#columns; column++) {
      let word = stackEnd;
      while (word > start && bytes[word - 1]! > 0x20) word--;
      const text = decodeLatin1(bytes.subarray(word, stackEnd));
      if (word === start || !NUMBER.test(text)) {
        this.#tables.fault(column === 0 ? FaultCode.noCount : FaultCode.oneCountOfTwo, offset, this.#lines);
        return;
      }
      counts.unshift(Number(text));
      stackEnd = trimEnd(bytes, start, word);
    }
    if (!counts.every(Number.isFinite)) {
      this.#tables.fault(FaultCode.notFinite, offset, this.#lines);
      return;
    }
    this.#tables.add(this.#stack(bytes, start, stackEnd), 0, counts[0]!, counts[1] ?? 0);
  }

  #stack(bytes: Uint8Array, start: number, end: number): number {
    let node = 0;
    if (start === end) return node;
    for (let from = start; from <= end; ) {
      let to = from;
      while (to < end && bytes[to] !== SEMICOLON) to++;
      node = this.#tables.child(node, this.#tables.symbol(bytes, from, to));
      from = to + 1;
    }
    return node;
  }
}

function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  while (end > start && bytes[end - 1]! <= 0x20) end--;
  return end;
}

/** `# text`: a hash, a blank, and no semicolon. */
function isComment(bytes: Uint8Array, start: number, end: number): boolean {
  if (bytes[start] !== 0x23 || end - start < 2 || bytes[start + 1]! > 0x20) return false;
  return !bytes.subarray(start, end).includes(SEMICOLON);
}
