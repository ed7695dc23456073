import { FrameKind, type Profile } from "../../model/profile.ts";
import type { TextSink } from "../../util/sink.ts";

/** The categories of every file, and which of them a kind of frame is. */
export const CATEGORIES: readonly { readonly name: string; readonly color: string }[] = [
  { name: "Other", color: "grey" },
  { name: "User", color: "yellow" },
  { name: "Kernel", color: "orange" },
  { name: "JIT", color: "green" },
  { name: "Interpreter", color: "blue" },
];

export function categoryOf(kind: number): number {
  if (kind === FrameKind.native) return 1;
  if (kind === FrameKind.kernel) return 2;
  if (kind === FrameKind.jit || kind === FrameKind.c1) return 3;
  return kind === FrameKind.interpreted ? 4 : 0;
}

/**
 * The stacks that one thread needs, and their frames, functions, libraries and texts, each numbered anew: the tables
 * of a thread stand for themselves in this version of the format.
 */
export class ThreadTables {
  readonly #profile: Profile;
  /** Rows of the profile's tables by new number. */
  readonly stacks: number[] = [];
  readonly frames: number[] = [];
  readonly funcs: { readonly name: number; readonly file: number; readonly resource: number }[] = [];
  readonly funcOfFrame: number[] = [];
  readonly prefixes: number[] = [];
  readonly frameOfStack: number[] = [];
  /** Row of the profile's mappings by new number. */
  readonly resources: number[] = [];
  readonly resourceNames: number[] = [];
  readonly texts: string[] = [];
  readonly #newStack: Int32Array;
  readonly #newFrame: Int32Array;
  readonly #textIds = new Map<string, number>();
  readonly #funcIds = new Map<string, number>();
  readonly #resourceIds = new Map<number, number>();

  constructor(profile: Profile, rows: Uint32Array) {
    this.#profile = profile;
    this.#newStack = new Int32Array(profile.stacks.length);
    this.#newFrame = new Int32Array(profile.frames.length);
    this.#addStacks(rows);
  }

  /** New number of a stack; -1 for none. */
  stack(row: number): number {
    return row < 0 ? -1 : this.#newStack[row]! - 1;
  }

  /** Marks what the samples need, callees before callers, then numbers it callers first. */
  #addStacks(rows: Uint32Array): void {
    const { stacks, samples } = this.#profile;
    const needed = new Uint8Array(stacks.length);
    for (const row of rows) if (samples.stack[row]! >= 0) needed[samples.stack[row]!] = 1;
    for (let row = stacks.length - 1; row >= 0; row--) {
      if (needed[row] === 1 && stacks.parent[row]! >= 0) needed[stacks.parent[row]!] = 1;
    }
    for (let row = 0; row < stacks.length; row++) {
      if (needed[row] === 0) continue;
      this.#newStack[row] = this.stacks.push(row);
      this.prefixes.push(this.stack(stacks.parent[row]!));
      this.frameOfStack.push(this.#frame(stacks.frame[row]!));
    }
  }

  #frame(row: number): number {
    if (this.#newFrame[row] === 0) {
      this.#newFrame[row] = this.frames.push(row);
      this.funcOfFrame.push(this.#func(row));
    }
    return this.#newFrame[row]! - 1;
  }

  #func(row: number): number {
    const { frames, strings, mappings } = this.#profile;
    const name = strings.get(frames.name[row]!) || this.#addressName(row);
    const file = frames.file[row]!;
    const mapping = frames.mapping[row]!;
    const key = JSON.stringify([name, file, mapping]);
    let id = this.#funcIds.get(key);
    if (id === undefined) {
      const resource = mapping < 0 ? -1 : this.#resource(mapping, mappings[mapping]!.path);
      const fileId = file === 0 ? -1 : this.#text(strings.get(file));
      id = this.funcs.push({ name: this.#text(name), file: fileId, resource }) - 1;
      this.#funcIds.set(key, id);
    }
    return id;
  }

  #addressName(row: number): string {
    const { frames, mappings } = this.#profile;
    const address = frames.address[row]!;
    const path = mappings[frames.mapping[row]!]?.path;
    return address === 0n && path !== undefined ? `[${path}]` : `0x${address.toString(16)}`;
  }

  #resource(mapping: number, path: string): number {
    let id = this.#resourceIds.get(mapping);
    if (id === undefined) {
      id = this.resources.push(mapping) - 1;
      this.resourceNames.push(this.#text(path.slice(path.lastIndexOf("/") + 1)));
      this.#resourceIds.set(mapping, id);
    }
    return id;
  }

  #text(text: string): number {
    let id = this.#textIds.get(text);
    if (id === undefined) {
      id = this.texts.push(text) - 1;
      this.#textIds.set(text, id);
    }
    return id;
  }
}

/** `"name":[a,b,c]`, in pieces. */
export async function writeColumn(
  out: TextSink,
  name: string,
  length: number,
  element: (index: number) => string | number | boolean | null,
): Promise<void> {
  await out.write(`,"${name}":[`);
  for (let i = 0; i < length; i++) {
    const wait = out.write(i > 0 ? `,${element(i)}` : `${element(i)}`);
    if (wait !== undefined) await wait;
  }
  await out.write("]");
}
