import type { Notes } from "../model/notes.ts";

/** Code that a profile's addresses lie in. Its functions have names somewhere outside the profile. */
export interface CodeModule {
  /**
   * As it was recorded: `/usr/bin/node`, `[vdso]`, `[kernel.kallsyms]`, `[nf_tables]` (a kernel module),
   * `/tmp/perf-12.map` (code that a JIT of process 12 made), `/tmp/jitted-12-3.so` (a function of its jitdump).
   */
  readonly path: string;
  /** Hexadecimal, lower case; empty where it was not recorded. */
  readonly buildId: string;
  /** Of code made at run time; else -1. */
  readonly pid: number;
  /** Of the kernel and its modules: the kernel that was running. */
  readonly kernel: KernelIdentity | undefined;
  /** Of code made at run time: jitdump files that the process wrote. */
  readonly dumps: readonly string[];
}

/** Which kernel, and where it was loaded. */
export interface KernelIdentity {
  readonly buildId: string;
  /** Address of its first function, as {@link CodeNames.at} takes addresses; undefined where it was not recorded. */
  readonly textStart: number | undefined;
}

/** The names of a module's functions. */
export interface CodeNames {
  /**
   * Name of the function at an address: an offset in the file where the module is one, else the virtual address as
   * a signed number (of the kernel it is negative, and exact). `time` is when it was seen, in nanoseconds of the
   * recording's clock: code made at run time may give its place to other code.
   */
  at(address: number, time: number): string | undefined;
  /**
   * The place in the source at an address, as far as debug information tells: calls that were inlined there, the
   * innermost first, and last the place in the function itself. Absent, or empty, where there is none.
   */
  places?(address: number): readonly CodePlace[];
}

/** A place in the source. */
export interface CodePlace {
  /** Function; empty where it is not known. */
  readonly name: string;
  readonly file: string;
  /** From 1; 0 where it is not known. */
  readonly line: number;
}

/**
 * What an address stands for, the innermost call first: the function that the table of symbols names, and what was
 * inlined into it there. Undefined where nobody knows.
 */
export function callsAt(
  names: CodeNames | undefined,
  address: number,
  time: number,
): readonly CodePlace[] | undefined {
  const name = names?.at(address, time);
  const places = names?.places?.(address) ?? [];
  const own = places.at(-1);
  if (own === undefined) return name === undefined ? undefined : [{ name, file: "", line: 0 }];
  // Names of the table of symbols are those that perf and others show.
  const outer = { ...own, name: name ?? own.name };
  if (outer.name === "") return undefined;
  const inlined = places.slice(0, -1);
  return inlined.every((place) => place.name !== "") ? [...inlined, outer] : [outer];
}

/** A thread's stack as it was copied when a sample was taken. */
export interface UserStack {
  /** The 64-bit number at an address; NaN where it was not copied. */
  read(address: number): number;
  covers(address: number): boolean;
}

/** Finds the callers of a module's functions on a copied stack. x86-64 only. */
export interface Unwinder {
  /**
   * Goes from a frame to its caller: `registers` (in DWARF's numbering, 16 is the return address) become the
   * caller's. `offset` is the place in the file. "signal": the caller was interrupted, its address is exact. "end":
   * there is no caller. "unknown": the file does not say. "cut": the caller lies beyond the copy.
   */
  step(
    offset: number,
    registers: Float64Array,
    stack: UserStack,
  ): "caller" | "signal" | "end" | "unknown" | "cut";
}

/** Finds names: lent by the host, since it takes files. What it could not use goes into the notes. */
export interface NameSource {
  /**
   * `wanted`: the addresses that will be looked up, in ascending order; without them no places in the source are told.
   */
  open(module: CodeModule, notes: Notes, wanted?: Float64Array): Promise<CodeNames | undefined>;
  /** How frames of a module are unwound. Answers at once, because stacks are not kept until files are read. */
  unwinder?(module: CodeModule, notes: Notes): Unwinder | undefined;
}
