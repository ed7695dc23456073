import { BlockKind, ColumnId } from "../../codec/flambeau/format.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FlambeauError } from "../../util/errors.ts";
import { grown } from "../../util/growable.ts";
import { decodeUtf8 } from "../../util/platform.ts";
import type { ByteSource } from "../../util/source.ts";
import type { Reader, ReadOptions } from "../reader.ts";
import { type Block, BlockReader, isMagic } from "./blocks.ts";
import { Columns } from "./columns.ts";
import { list, Misfit, mapping, meta, note, object, text, thread, valueType } from "./header.ts";
import { readFrames, readLabelSets, readSamples, readStacks, readStrings } from "./tables.ts";

const ID = "flambeau";

/** Our own format: a profile with everything that it holds. The layout is in codec/flambeau/format.ts. */
export const flambeauReader: Reader = {
  id: ID,
  title: "Flambeau (everything, packed)",
  priority: 1000,
  extensions: [".flambeau", ".flambeau.gz"],
  carries: { time: true, threads: true, labels: true, lines: true, inlined: true, severalValueTypes: true },
  sniff: (head) => (isMagic(head.bytes) ? "yes" : "no"),
  read: readFlambeau,
};

async function readFlambeau(
  source: ByteSource,
  into: ProfileBuilder,
  notes: Notes,
  options: ReadOptions,
): Promise<void> {
  const blocks = new BlockReader(source);
  const file = new FileReader(into, notes);
  try {
    if (!(await blocks.magic())) throw new Misfit("it does not begin like a Flambeau profile");
    let whole = false;
    for (;;) {
      const block = await blocks.next();
      if (block === undefined || block === "cut") break;
      whole = block.kind === BlockKind.end;
      if (whole) break;
      file.take(block);
      options.onProgress?.(blocks.offset);
    }
    if (whole && (await blocks.more()))
      notes.add("skipped", "flambeau-trailing", "Bytes follow the end of the profile.", {
        offset: blocks.offset,
      });
    file.finish(whole, blocks.offset);
  } catch (error) {
    if (!(error instanceof Misfit)) throw error;
    throw new FlambeauError("malformed", `the profile is damaged: ${error.message}`, {
      format: ID,
      offset: blocks.offset,
      cause: error,
    });
  }
}

/** Gathers the blocks, and hands their content to the builder at the end. */
class FileReader {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #columns = new Columns();
  readonly #threads: number[] = [];
  readonly #mappings: number[] = [];
  readonly #texts: string[] = [];
  readonly #elements: ReadonlyMap<string, (value: unknown) => void> = new Map([
    ["valueTypes", (value: unknown) => this.#valueType(value)],
    ["threads", (value: unknown) => void this.#threads.push(this.#into.thread(thread(value)))],
    ["mappings", (value: unknown) => void this.#mappings.push(this.#into.mapping(mapping(value)))],
    ["texts", (value: unknown) => void this.#texts.push(text(value, "a label's text"))],
  ]);
  #valueTypes = 0;
  #hasMeta = false;
  #bytes: Uint8Array = new Uint8Array(0);
  #used = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  take({ kind, bytes, start, end, offset }: Block): void {
    if (kind === BlockKind.json) this.#json(bytes.subarray(start, end), offset);
    else if (kind === BlockKind.bytes) this.#string(bytes.subarray(start, end));
    else if (kind !== BlockKind.column) this.#unknown(offset);
    else {
      const outcome = this.#columns.take(bytes, start, end);
      if (outcome === "malformed") throw new Misfit("a column's values cannot be unpacked");
      if (outcome === "unknown") this.#unknown(offset);
    }
  }

  /** Everything is there that will come; `whole`: up to the end block. */
  finish(whole: boolean, offset: number): void {
    if (!this.#hasMeta) throw new Misfit("it has no meta block");
    checkTypes(this.#into);
    const samples = this.#sampleRows();
    if (!whole) this.#cut(samples, offset);
    else if (samples.least !== samples.most) throw new Misfit("the columns of the samples differ in length");
    const columns = this.#columns;
    const into = this.#into;
    const strings = readStrings(columns, this.#bytes.subarray(0, this.#used), into);
    const frames = readFrames(columns, strings, this.#mappings, into);
    const stacks = readStacks(columns, frames, into);
    const labels = readLabelSets(columns, this.#texts, into);
    readSamples(columns, samples.least, { stacks, threads: this.#threads, labels }, into);
  }

  /** Rows of the shortest and of the longest of the samples' columns. */
  #sampleRows(): { least: number; most: number } {
    const optional = [ColumnId.sampleTime, ColumnId.sampleThread, ColumnId.sampleLabels];
    const ids: number[] = [ColumnId.sampleStack, ...optional.filter((id) => this.#columns.has(id))];
    for (let type = 0; type < this.#valueTypes; type++) ids.push(ColumnId.weights + type);
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    for (const id of ids) {
      const rows = this.#columns.rows(id);
      least = Math.min(least, rows);
      most = Math.max(most, rows);
    }
    return { least, most };
  }

  #cut({ least }: { least: number }, offset: number): void {
    if (least === 0)
      throw new FlambeauError("truncated", "the profile ends before its first sample", {
        format: ID,
        offset,
      });
    this.#notes.add(
      "truncated",
      "flambeau-cut",
      "The profile ends too early; the samples before that are kept.",
      { offset },
    );
  }

  #unknown(offset: number): void {
    const message = "A part of the profile is of a kind that this version does not know.";
    this.#notes.add("skipped", "flambeau-unknown", message, { offset });
  }

  #string(bytes: Uint8Array): void {
    this.#bytes = grown(this.#bytes, this.#used + bytes.length);
    this.#bytes.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  #json(bytes: Uint8Array, offset: number): void {
    for (const [key, value] of Object.entries(object(parsed(bytes), "a block"))) {
      if (key === "meta") this.#meta(value);
      else if (key === "notes") this.#notes.addAll(list(value, key).map(note));
      else {
        const take = this.#elements.get(key);
        if (take === undefined) this.#unknown(offset);
        else for (const one of list(value, key)) take(one);
      }
    }
  }

  #meta(value: unknown): void {
    Object.assign(this.#into.meta, meta(value));
    this.#hasMeta = true;
  }

  #valueType(value: unknown): void {
    const { name, unit } = valueType(value);
    if (this.#into.valueType(name, unit) !== this.#valueTypes++)
      throw new Misfit(`the value type ${name} is there twice`);
  }
}

/** What meta says about value types, once they are known. */
function checkTypes({ meta: { defaultValueType, differential }, valueTypes }: ProfileBuilder): void {
  const types = Math.max(valueTypes.length, 1);
  const { base, head } = differential ?? { base: 0, head: 1 };
  const rows = differential === undefined ? [defaultValueType] : [defaultValueType, base, head];
  if (base === head || rows.some((row) => row < 0 || row >= types))
    throw new Misfit("meta names a value type that is not there");
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decodeUtf8(bytes));
  } catch {
    throw new Misfit("a block is no JSON");
  }
}
