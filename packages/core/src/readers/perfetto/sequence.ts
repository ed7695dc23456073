import { decodeUtf8 } from "../../util/platform.ts";
import { hexOf, KINDS, type Module, type Stacks } from "./frames.ts";
import type { Message } from "./message.ts";

/** Fields of `InternedData` whose entries are looked at here. */
const Interned = {
  eventNames: 2,
  functionNames: 5,
  frames: 6,
  callstacks: 7,
  buildIds: 16,
  mappingPaths: 17,
  sourcePaths: 18,
  mappings: 19,
  taskContexts: 48,
  counters: 50,
} as const;

/** Fields of a `ProfilePacket` that hold the same tables, as heapprofd wrote them at first. */
const OWN_TABLES = { strings: 1, frames: 2, callstacks: 3, mappings: 4 } as const;

type Texts = Map<number, Uint8Array>;

/** A thread as the sequence's own packets describe it: what events without a track belong to. */
export interface OwnThread {
  readonly pid: number;
  readonly tid: number;
}

/**
 * What is known of one packet sequence (one writer of the trace): names are sent once and then referred to by number,
 * until the writer says that it starts anew.
 */
export class Sequence {
  readonly id: number;
  thread: OwnThread | undefined;
  /** Microseconds and nanoseconds that deltas of this sequence count on from. */
  referenceUs = 0;
  defaults: Message | undefined;
  /** By clock: last time of clocks that count on (in units of the clock). */
  readonly clocks: Map<number, number> = new Map<number, number>();
  /** False once packets were lost: what refers to earlier ones cannot be understood until the state is cleared. */
  valid: boolean = true;
  #eventNames: Texts = new Map();
  #functionNames: Texts = new Map();
  #buildIds: Texts = new Map();
  #mappingPaths: Texts = new Map();
  #sourcePaths: Texts = new Map();
  #mappings = new Map<number, Message>();
  #frames = new Map<number, Message>();
  #callstacks = new Map<number, Message>();
  #tasks = new Map<number, Message>();
  #counters = new Map<number, Message>();
  /** Stacks by callstack id, as far as they were asked for. */
  readonly #resolved = new Map<number, number>();
  readonly #stacks: Stacks;

  constructor(id: number, stacks: Stacks) {
    this.id = id;
    this.#stacks = stacks;
  }

  /** Forgets every name and default: the numbers start anew. */
  clear(): void {
    this.valid = true;
    this.defaults = undefined;
    this.thread = undefined;
    for (const table of [
      this.#eventNames,
      this.#functionNames,
      this.#buildIds,
      this.#mappingPaths,
      this.#sourcePaths,
      this.#mappings,
      this.#frames,
      this.#callstacks,
      this.#tasks,
      this.#counters,
      this.#resolved,
    ])
      table.clear();
  }

  /** Takes an `InternedData` message. */
  intern(data: Message): void {
    this.#texts(data, Interned.eventNames, this.#eventNames);
    this.#texts(data, Interned.functionNames, this.#functionNames);
    this.#texts(data, Interned.buildIds, this.#buildIds);
    this.#texts(data, Interned.mappingPaths, this.#mappingPaths);
    this.#texts(data, Interned.sourcePaths, this.#sourcePaths);
    this.#messages(data, Interned.mappings, this.#mappings);
    this.#messages(data, Interned.frames, this.#frames);
    this.#messages(data, Interned.taskContexts, this.#tasks);
    this.#messages(data, Interned.counters, this.#counters);
    this.#messages(data, Interned.callstacks, this.#callstacks);
  }

  /** Takes the tables that an older heap profile carries itself. */
  internOwn(packet: Message): void {
    for (const table of [this.#functionNames, this.#buildIds, this.#mappingPaths]) {
      this.#texts(packet, OWN_TABLES.strings, table);
    }
    this.#messages(packet, OWN_TABLES.mappings, this.#mappings);
    this.#messages(packet, OWN_TABLES.frames, this.#frames);
    this.#messages(packet, OWN_TABLES.callstacks, this.#callstacks);
  }

  #texts(data: Message, field: number, table: Texts): void {
    for (const entry of data.messages(field))
      table.set(entry.number(1) ?? 0, entry.bytes(2) ?? new Uint8Array(0));
  }

  #messages(data: Message, field: number, table: Map<number, Message>): void {
    if (!data.has(field)) return;
    for (const entry of data.messages(field)) table.set(entry.number(1) ?? 0, entry);
    this.#resolved.clear();
  }

  eventName(iid: number): string | undefined {
    return textOf(this.#eventNames.get(iid));
  }

  task(iid: number): Message | undefined {
    return this.#tasks.get(iid);
  }

  counter(iid: number): Message | undefined {
    return this.#counters.get(iid);
  }

  /** The stack of a callstack id; undefined where the id was never sent. */
  callstack(iid: number): number | undefined {
    const known = this.#resolved.get(iid);
    if (known !== undefined) return known;
    const callstack = this.#callstacks.get(iid);
    if (callstack === undefined) return undefined;
    let stack = -1;
    for (const id of callstack.numbers(2)) stack = this.#frame(stack, this.#frames.get(id));
    this.#resolved.set(iid, stack);
    return stack;
  }

  #frame(parent: number, frame: Message | undefined): number {
    return this.#stacks.add(parent, {
      name: textOf(this.#functionNames.get(frame?.number(2) ?? 0)) ?? "",
      module: this.#module(frame?.number(3) ?? 0),
      address: frame?.number(4) ?? 0,
      file: textOf(this.#sourcePaths.get(frame?.number(5) ?? 0)) ?? "",
      line: frame?.number(6) ?? 0,
      kind: KINDS[frame?.number(7) ?? 0] ?? 0,
    });
  }

  #module(id: number): Module | undefined {
    const mapping = this.#mappings.get(id);
    if (mapping === undefined) return undefined;
    const parts = mapping.numbers(7).map((part) => textOf(this.#mappingPaths.get(part)) ?? "");
    // A path comes in its parts, without slashes; names of what is no file stand alone: "[kernel]".
    const whole = parts.join("/");
    const path = parts.length === 1 && !/^[\w.]+\.so$/.test(whole) ? whole : `/${whole}`;
    return {
      path: parts.length === 0 ? "" : path.replace(/^\/\//, "/"),
      buildId: hexOf(this.#buildIds.get(mapping.number(2) ?? 0)),
    };
  }
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : decodeUtf8(bytes);
}

/** The callstack that a packet holds itself: frames from the root. */
export function inlineStack(callstack: Message, stacks: Stacks): number {
  let stack = -1;
  for (const frame of callstack.messages(1)) {
    const name = frame.text(1) ?? "[unknown]";
    const line = frame.number(3) ?? 0;
    stack = stacks.add(stack, {
      name,
      module: undefined,
      address: 0,
      file: frame.text(2) ?? "",
      line,
      kind: 0,
    });
  }
  return stack;
}
