import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { Calls } from "./calls.ts";
import { finish } from "./first.ts";
import { Input } from "./input.ts";
import { Tables } from "./tables.ts";

const Entry = { thread: 0, method: 1, records: 2, summary: 3 } as const;
const HEADER_SIZE = 32;
const DUAL = 5;

/**
 * A trace of versions 4 and 5 (Android 15 and later): entries, each with a kind before it. Records of a thread come in
 * blocks, times and methods as differences, and exits do not say of which method. Source: perfetto's
 * art_method_v2_tokenizer.cc.
 */
export function readSecond(input: Input, into: ProfileBuilder, notes: Notes): boolean {
  const tables = new Tables(into);
  input.skip(4);
  const isDual = (input.number(2) & 15) === DUAL;
  const start = input.number(8);
  input.skip(8);
  const frequency = input.number(8);
  input.at = HEADER_SIZE;
  const calls = new Calls(into, notes, tables, true, isDual);
  const scale = frequency > 0 ? 1e9 / frequency : 1;
  try {
    while (input.left > 0) {
      const kind = input.number(1);
      if (kind === Entry.thread) {
        const id = input.number(4);
        tables.addThread(id, input.text(input.number(2)).trimEnd());
      } else if (kind === Entry.method) {
        const id = input.number(8);
        tables.addMethod(id, input.text(input.number(2)).trimEnd().split("\t"));
      } else if (kind === Entry.records) readBlock(input, calls, isDual, scale);
      else if (kind === Entry.summary) {
        for (let line = input.line(); line !== undefined; line = input.line()) tables.option(line);
      } else throw input.malformed(`there is no entry of kind ${kind}`);
    }
  } catch (error) {
    if (!(error instanceof FlambeauError)) throw error;
    const text = "the trace breaks off or is damaged: the rest was not read";
    notes.add(
      "truncated",
      "truncated",
      text,
      error.offset === undefined ? undefined : { offset: error.offset },
    );
  }
  if (start > 0 && start < 2 ** 63) {
    into.meta.timeOrigin = BigInt(start);
    into.meta.clock = "monotonic";
  }
  return finish(calls, tables, notes);
}

function readBlock(input: Input, calls: Calls, isDual: boolean, scale: number): void {
  const thread = input.number(4);
  const count = input.number(3);
  const size = input.number(4);
  const end = input.at + size;
  const block = new Input(input.bytes.subarray(0, end));
  block.at = input.at;
  let method = 0;
  let time = 0;
  let cpu = 0;
  input.skip(size);
  for (let i = 0; i < count && block.left > 0; i++) {
    time += block.signed();
    if (isDual) cpu += block.signed();
    // The two lowest bits of the time say what happens.
    const action = ((time % 4) + 4) % 4;
    if (action === 0) method += block.signed();
    const wall = ((time - action) / 4) * scale;
    calls.record(thread, action, action === 0 ? method : -1, wall, isDual ? cpu * scale : wall);
  }
}
