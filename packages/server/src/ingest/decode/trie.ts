import { FlambeauError, type Profile, ProfileBuilder } from "@flambeau/core";

/** Which of the two binary forms of Pyroscope's first agents. */
export type TrieForm = "trie" | "tree";

/** Bytes that the names of all nodes may come to: a trie of a few bytes a node can spell very long ones. */
const MAX_NAME_BYTES = 256 << 20;
/** Bytes of one frame's name. */
const MAX_FRAME_NAME = 16 << 10;
const SEMICOLON = 0x3b;

/**
 * Pyroscope's binary stacks. Both forms are nodes in depth-first order: length of the name, name, the node's own
 * value, number of children; all numbers unsigned LEB128. In a tree every node is a frame, below a root without a
 * name. In a trie the names from the root on spell the folded stack, cut anywhere:
 *
 * ```
 * ""─┬─ "main;"─┬─ "parse" 3        main;parse 3
 *    │          └─ "print" 1        main;print 1
 * ```
 *
 * @throws FlambeauError malformed, truncated or too-large, with the offset
 */
export function readTrie(bytes: Uint8Array, form: TrieForm): Profile {
  const builder = new ProfileBuilder("merged");
  builder.meta.format = `pyroscope-${form}`;
  const type = builder.valueType("samples", "count");
  const reader = new Varints(bytes, form);
  const walk = form === "tree" ? new TreeWalk(builder) : new TrieWalk(builder, form);
  const open: number[] = [1];
  let spelt = 0;
  while (open.length > 0) {
    if (open.at(-1) === 0) {
      open.pop();
      if (open.length > 0) walk.leave();
      continue;
    }
    open[open.length - 1]!--;
    const nameLength = reader.next("the length of a name");
    if (nameLength > bytes.length - reader.at) throw reader.cut("a name");
    walk.enter(bytes, reader.at, reader.at + nameLength);
    reader.at += nameLength;
    const value = reader.next("a value");
    if (value > 0) {
      spelt += walk.nameBytes;
      if (spelt > MAX_NAME_BYTES) throw tooLarge(form, `its names come to more than ${MAX_NAME_BYTES} bytes`);
      builder.sampleOf(walk.stack(), type, value);
    }
    open.push(reader.next("a number of children"));
  }
  if (reader.at < bytes.length) {
    builder.notes.add("skipped", "trailing-bytes", "Bytes follow the last node; they are left out.", {
      offset: reader.at,
    });
  }
  return builder.finish();
}

/** Every node is a frame; the unnamed root is none. */
class TreeWalk {
  readonly #builder: ProfileBuilder;
  readonly #rows: number[] = [];
  readonly nameBytes = 0;

  constructor(builder: ProfileBuilder) {
    this.#builder = builder;
  }

  enter(bytes: Uint8Array, start: number, end: number): void {
    const parent = this.#rows.at(-1) ?? -1;
    if (start === end && this.#rows.length === 0) {
      this.#rows.push(-1);
      return;
    }
    if (end - start > MAX_FRAME_NAME) throw longName("tree", start);
    // A frame without any name cannot be told from none.
    const name = start === end ? this.#builder.string("?") : this.#builder.stringBytes(bytes, start, end);
    this.#rows.push(this.#builder.stack(parent, this.#builder.frame({ name })));
  }

  leave(): void {
    this.#rows.pop();
  }

  stack(): number {
    return this.#rows.at(-1) ?? -1;
  }
}

/**
 * The path from the root is kept as bytes; of each open node, where its path ends, the stack of the frames that are
 * complete there, and where the name that is still being spelt begins.
 */
class TrieWalk {
  readonly #builder: ProfileBuilder;
  readonly #form: TrieForm;
  #path: Uint8Array = new Uint8Array(1 << 10);
  readonly #ends: number[] = [];
  readonly #complete: number[] = [];
  readonly #starts: number[] = [];

  constructor(builder: ProfileBuilder, form: TrieForm) {
    this.#builder = builder;
    this.#form = form;
  }

  get nameBytes(): number {
    return this.#ends.at(-1)! - this.#starts.at(-1)!;
  }

  enter(bytes: Uint8Array, start: number, end: number): void {
    let at = this.#ends.at(-1) ?? 0;
    let stack = this.#complete.at(-1) ?? -1;
    let nameStart = this.#starts.at(-1) ?? 0;
    if (at + end - start > this.#path.length) {
      const bigger = new Uint8Array((at + end - start) * 2);
      bigger.set(this.#path.subarray(0, at));
      this.#path = bigger;
    }
    for (let i = start; i < end; i++) {
      const byte = bytes[i]!;
      this.#path[at++] = byte;
      if (byte === SEMICOLON) {
        if (at - 1 > nameStart) stack = this.#frame(stack, nameStart, at - 1);
        nameStart = at;
      } else if (at - nameStart > MAX_FRAME_NAME) throw longName(this.#form, i);
    }
    this.#ends.push(at);
    this.#complete.push(stack);
    this.#starts.push(nameStart);
  }

  leave(): void {
    this.#ends.pop();
    this.#complete.pop();
    this.#starts.pop();
  }

  stack(): number {
    const [start, end] = [this.#starts.at(-1)!, this.#ends.at(-1)!];
    const complete = this.#complete.at(-1)!;
    return end > start ? this.#frame(complete, start, end) : complete;
  }

  #frame(parent: number, start: number, end: number): number {
    const name = this.#builder.stringBytes(this.#path, start, end);
    return this.#builder.stack(parent, this.#builder.frame({ name }));
  }
}

/** Unsigned LEB128 numbers, front to back. */
class Varints {
  readonly #bytes: Uint8Array;
  readonly #form: TrieForm;
  at = 0;

  constructor(bytes: Uint8Array, form: TrieForm) {
    this.#bytes = bytes;
    this.#form = form;
  }

  next(what: string): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= this.#bytes.length) throw this.cut(what);
      const byte = this.#bytes[this.at++]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    throw new FlambeauError("malformed", `${what} takes more than ten bytes`, {
      format: this.#form,
      offset: this.at,
    });
  }

  cut(what: string): FlambeauError {
    return new FlambeauError("truncated", `the input ends within ${what}`, {
      format: this.#form,
      offset: this.#bytes.length,
    });
  }
}

function longName(form: TrieForm, offset: number): FlambeauError {
  return new FlambeauError("too-large", `a frame's name is longer than ${MAX_FRAME_NAME} bytes`, {
    format: form,
    offset,
  });
}

function tooLarge(form: TrieForm, what: string): FlambeauError {
  return new FlambeauError("too-large", `the input is too large: ${what}`, { format: form });
}
