import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";

/** Code of a method or a function in memory. */
export interface Code {
  readonly start: bigint;
  readonly end: bigint;
  readonly name: string;
  /** Id of the module or mapping it is in. */
  readonly module: bigint;
  readonly kind: FrameKindCode;
}

/** What is known of a process's memory; most of it comes at the end of the file. */
export class ProcessSymbols {
  /** By start: a method that is described again replaces the description before. */
  readonly #code = new Map<bigint, Code>();
  #sorted: readonly Code[] | undefined;

  add(code: Code): void {
    if (code.end <= code.start) return;
    this.#code.set(code.start, code);
    this.#sorted = undefined;
  }

  at(address: bigint): Code | undefined {
    this.#sorted ??= [...this.#code.values()].sort((a, b) => (a.start < b.start ? -1 : 1));
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle]!.start <= address) low = middle + 1;
      else high = middle;
    }
    const code = this.#sorted[low - 1];
    return code !== undefined && address < code.end ? code : undefined;
  }
}

/** A file or a piece of memory that code is in. */
export interface Module {
  readonly path: string;
  /** Where known: its part of the process's memory. */
  readonly start?: bigint;
  readonly end?: bigint;
  readonly fileOffset?: bigint;
}

/** Addresses of stacks, numbered, and what they turn out to be. */
export class Addresses {
  readonly #processes = new Map<number, { symbols: ProcessSymbols; ids: Map<bigint, number> }>();
  readonly #list: { process: number; address: bigint; leaf: boolean }[] = [];
  readonly modules: Map<bigint, Module> = new Map();

  symbols(process: number): ProcessSymbols {
    return this.#process(process).symbols;
  }

  /** Number of an address. All but the leaf's are return addresses: the call is before them. */
  id(process: number, address: bigint, leaf: boolean): number {
    const { ids } = this.#process(process);
    const key = (address << 1n) | (leaf ? 1n : 0n);
    let id = ids.get(key);
    if (id === undefined) {
      id = this.#list.push({ process, address, leaf }) - 1;
      ids.set(key, id);
    }
    return id;
  }

  #process(process: number): { symbols: ProcessSymbols; ids: Map<bigint, number> } {
    let known = this.#processes.get(process);
    if (known === undefined) {
      known = { symbols: new ProcessSymbols(), ids: new Map() };
      this.#processes.set(process, known);
    }
    return known;
  }

  /** Frames of all addresses, in the order of their numbers. */
  frames(into: ProfileBuilder): Int32Array {
    return Int32Array.from(this.#list, ({ process, address, leaf }) => {
      const inside = leaf || address === 0n ? address : address - 1n;
      const code = this.symbols(process).at(inside);
      if (code === undefined) return this.#unknown(address, inside, into);
      const module = this.modules.get(code.module);
      return into.frame({
        name: into.string(code.name),
        mapping: module === undefined || module.path === "" ? -1 : into.mapping(module),
        kind: code.kind,
      });
    });
  }

  #unknown(address: bigint, inside: bigint, into: ProfileBuilder): number {
    let mapping = -1;
    for (const module of this.modules.values()) {
      if (module.start !== undefined && inside >= module.start && inside < module.end!) {
        mapping = into.mapping(module);
      }
    }
    if (address === 0n) return into.frameNamed("[unknown]");
    return into.frame({ name: 0, address, mapping, kind: FrameKind.unknown });
  }
}
