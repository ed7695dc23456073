import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StackInterner } from "../../model/stacks.ts";
import type { Message } from "./message.ts";

/** A mapped file, as the trace names it. */
export interface Module {
  readonly path: string;
  /** Hexadecimal. */
  readonly buildId: string;
}

/** One frame before it is known whether symbols for it come at the end of the trace. */
export interface RawFrame {
  readonly name: string;
  readonly module: Module | undefined;
  /** Address within the module, as in its file. */
  readonly address: number;
  readonly file: string;
  readonly line: number;
  readonly kind: FrameKindCode;
}

interface Line {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** What `Frame.Kind` of the trace is here; garbage collector and runtime are native code. */
export const KINDS: readonly FrameKindCode[] = [
  FrameKind.unknown,
  FrameKind.native,
  FrameKind.kernel,
  FrameKind.interpreted,
  FrameKind.jit,
  FrameKind.native,
  FrameKind.native,
];

/**
 * The distinct stacks of the trace. Symbols of native code may stand at its very end (`traceconv symbolize` appends
 * them), so that stacks become the builder's only when everything is read.
 */
export class Stacks {
  readonly #tree = new StackInterner();
  readonly #frames: RawFrame[] = [];
  readonly #ids = new Map<string, number>();
  /** By module and address: innermost line first. */
  readonly #symbols = new Map<string, readonly Line[]>();

  /** Stack `parent` (-1: none) calls the frame. */
  add(parent: number, frame: RawFrame): number {
    return this.#tree.add(parent, this.#id(frame));
  }

  #id(frame: RawFrame): number {
    const { module, name, file } = frame;
    // A function's name tells frames apart, and a nameless one's address.
    const place = name === "" ? frame.address : frame.line;
    const key = JSON.stringify([name, module?.path, module?.buildId, place, file, frame.kind]);
    let id = this.#ids.get(key);
    if (id === undefined) {
      id = this.#frames.push(frame) - 1;
      this.#ids.set(key, id);
    }
    return id;
  }

  /** ModuleSymbols: names for addresses of one module. */
  addSymbols(symbols: Message): void {
    const module = { path: symbols.text(1) ?? "", buildId: hexOf(symbols.bytes(2)) };
    for (const entry of symbols.messages(3)) {
      const lines = entry
        .messages(2)
        .map((line) => ({ name: line.text(1) ?? "", file: line.text(2) ?? "", line: line.number(3) ?? 0 }));
      if (lines.length > 0) this.#symbols.set(placeKey(module, entry.number(1) ?? 0), lines);
    }
  }

  /** Rows of the builder's stacks, by the rows handed out here. */
  finish(into: ProfileBuilder): Int32Array {
    const frames = this.#frames.map((frame) => this.#rows(frame, into));
    const { length, parent, frame } = this.#tree.columns();
    const rows = new Int32Array(length);
    for (let node = 0; node < length; node++) {
      let row = parent[node]! < 0 ? -1 : rows[parent[node]!]!;
      for (const one of frames[frame[node]!]!) row = into.stack(row, one);
      rows[node] = row;
    }
    return rows;
  }

  /** The frame, and the functions inlined into it, from the outermost. */
  #rows(frame: RawFrame, into: ProfileBuilder): number[] {
    const { module, kind } = frame;
    const mapping =
      module === undefined || module.path === ""
        ? -1
        : into.mapping({ path: module.path, buildId: module.buildId });
    const lines = module === undefined ? undefined : this.#symbols.get(placeKey(module, frame.address));
    if (lines !== undefined) {
      return lines
        .map((line, i) =>
          into.frame({
            name: into.string(line.name === "" ? "[unknown]" : line.name),
            file: into.string(line.file),
            line: lineNumber(line.line),
            mapping,
            kind,
            inlined: i < lines.length - 1,
          }),
        )
        .reverse();
    }
    const nameless = frame.name === "";
    const address = nameless ? BigInt(Math.max(0, Math.trunc(frame.address))) : 0n;
    const known = nameless && (address !== 0n || mapping >= 0);
    const name = known ? 0 : into.string(nameless ? "[unknown]" : frame.name);
    const file = into.string(frame.file);
    return [into.frame({ name, file, line: lineNumber(frame.line), mapping, address, kind })];
  }
}

function placeKey({ path, buildId }: Module, address: number): string {
  return `${buildId === "" ? path : buildId}@${address}`;
}

function lineNumber(line: number): number {
  return line > 0 && line < 2 ** 31 ? line : 0;
}

/** Bytes as hexadecimal digits. */
export function hexOf(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "" : Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
