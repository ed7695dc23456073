import type { CodeModule, CodeNames, KernelIdentity, NameSource } from "../codec/code-names.ts";
import type { Notes } from "../model/notes.ts";
import { FlambeauError } from "../util/errors.ts";
import { buildIdOfNotes, type ElfFile, parseElf, SHT_SYMTAB, symbolSections } from "./elf.ts";
import { functionTable } from "./functions.ts";
import { readJitDump } from "./jitdump.ts";
import { type KernelSymbols, readKallsyms } from "./kallsyms.ts";
import { readPerfMap } from "./perf-map.ts";
import { unwinderOf } from "./unwind/unwinder.ts";

/** Files of the recording's machine, as far as the host has them. */
export interface SymbolFiles {
  /**
   * Contents of the files that may be meant by a path of the recording's machine, best first. Each is read when it is
   * asked for. `~` at the beginning stands for the user's home. Of ELF files {@link readElfParts} is enough.
   */
  find(path: string): Iterable<Uint8Array>;
  /** The kernel's list of functions that the user named. */
  kallsyms(): Uint8Array | undefined;
}

/** Names from files: ELF files and their debug information, kallsyms, perf-PID.map and jitdump. */
export function namesFromFiles(files: SymbolFiles): NameSource {
  let kernel: KernelNames | undefined;
  return {
    async open(module, notes) {
      if (module.kernel !== undefined) {
        kernel ??= new KernelNames(files, module.kernel, notes);
        return kernel.open(module.path);
      }
      if (module.pid >= 0) return madeAtRunTime(module, files, notes) ?? binary(module, files, notes);
      return binary(module, files, notes);
    },
    unwinder(module, notes) {
      if (module.kernel !== undefined) return undefined;
      const elf = binaryElf(module, files, notes);
      return elf === undefined ? undefined : unwinderOf(elf);
    },
  };
}

/** Names of code that a JIT made: its jitdump knows when each function came, its map does not. */
function madeAtRunTime(module: CodeModule, files: SymbolFiles, notes: Notes): CodeNames | undefined {
  const { path, pid } = module;
  const number = /\/jitted-\d+-(\d+)\.so$/.exec(path)?.[1];
  const folder = path.slice(0, path.lastIndexOf("/"));
  const dumps = number === undefined ? module.dumps : [...module.dumps, `${folder}/jit-${pid}.dump`];
  const sources: CodeNames[] = [];
  for (const dump of dumps) {
    const names = first(files.find(dump), (bytes) => readJitDump(bytes), notes);
    if (names === undefined) continue;
    sources.push(number === undefined ? names : { at: () => names.byNumber(Number(number)) });
  }
  if (number === undefined) {
    for (const bytes of files.find(`/tmp/perf-${pid}.map`)) {
      const map = readPerfMap(bytes);
      if (map.length === 0) continue;
      sources.push(map);
      break;
    }
  }
  if (sources.length === 0) return undefined;
  return {
    at(address, time) {
      for (const source of sources) {
        const name = source.at(address, time);
        if (name !== undefined) return name;
      }
      return undefined;
    },
  };
}

/** The module's own file. */
function binaryElf(module: CodeModule, files: SymbolFiles, notes: Notes): ElfFile | undefined {
  const { buildId } = module;
  const path = module.path.replace(/ \(deleted\)$/, "");
  const wasDeleted = path !== module.path;
  return first(
    binaryFiles(path, buildId, files),
    (bytes) => {
      const found = parseElf(bytes);
      if (buildId === "" ? !wasDeleted : found.buildId === buildId) return found;
      const message = `a file is not the one that was recorded (its build id differs), so its names are not used: ${path}`;
      notes.add("information", "build-id-mismatch", message);
      return undefined;
    },
    notes,
  );
}

function binary(module: CodeModule, files: SymbolFiles, notes: Notes): CodeNames | undefined {
  const { buildId } = module;
  const path = module.path.replace(/ \(deleted\)$/, "");
  const elf = binaryElf(module, files, notes);
  const id = buildId === "" ? (elf?.buildId ?? "") : buildId;
  if (elf !== undefined && hasSymbolTable(elf)) return namesOf(elf, elf);
  const debug = first(debugFiles(path, id, files), (bytes) => debugElf(bytes, id), notes);
  if (debug !== undefined) return namesOf(debug, elf ?? debug);
  if (elf === undefined) return undefined;
  if (elf.sections.some(({ name }) => name === ".gnu_debugdata")) {
    const message = `names packed in the file itself (.gnu_debugdata) are not unpacked; install its debug symbols: ${path}`;
    notes.add("information", "packed-symbols", message);
  }
  return namesOf(elf, elf);
}

function* binaryFiles(path: string, buildId: string, files: SymbolFiles): Generator<Uint8Array> {
  if (path.startsWith("/")) yield* files.find(path);
  if (buildId === "") return;
  const cached = `~/.debug/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}`;
  yield* files.find(path.startsWith("[") ? `${cached}/vdso` : `${cached}/elf`);
}

/** Where distributions and debuggers put debug information. */
function* debugFiles(path: string, buildId: string, files: SymbolFiles): Generator<Uint8Array> {
  if (buildId !== "") {
    const file = `.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}`;
    yield* files.find(`/usr/lib/debug/${file}.debug`);
    yield* files.find(`~/.debug/${file}/debug`);
  }
  if (path.startsWith("/")) yield* files.find(`/usr/lib/debug${path}.debug`);
}

function debugElf(bytes: Uint8Array, buildId: string): ElfFile | undefined {
  const elf = parseElf(bytes);
  return hasSymbolTable(elf) && (buildId === "" || elf.buildId === buildId) ? elf : undefined;
}

function hasSymbolTable(elf: ElfFile): boolean {
  return symbolSections(elf)[0]?.type === SHT_SYMTAB;
}

function namesOf(symbols: ElfFile, binaryFile: ElfFile): CodeNames | undefined {
  const table = functionTable(symbols, binaryFile);
  if (table.length === 0) return undefined;
  return {
    at(address) {
      const row = table.find(address);
      return row < 0 ? undefined : table.name(row);
    },
  };
}

/** What the first usable file gives; files that are damaged are noted. */
function first<T>(
  found: Iterable<Uint8Array>,
  use: (bytes: Uint8Array) => T | undefined,
  notes: Notes,
): T | undefined {
  for (const bytes of found) {
    try {
      const result = use(bytes);
      if (result !== undefined) return result;
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      notes.add("information", "unusable-symbol-file", `a file of symbols is damaged: ${error.message}`);
    }
  }
  return undefined;
}

/** The kernel and its modules have one list of functions. */
class KernelNames {
  readonly #files: SymbolFiles;
  readonly #symbols: KernelSymbols | undefined;
  readonly #textStart: number | undefined;

  constructor(files: SymbolFiles, { buildId, textStart }: KernelIdentity, notes: Notes) {
    this.#files = files;
    this.#textStart = textStart;
    this.#symbols = this.#read(buildId, notes);
  }

  open(path: string): CodeNames | undefined {
    const symbols = this.#symbols;
    if (symbols === undefined) return undefined;
    // The kernel is loaded elsewhere at every start, its modules anywhere.
    const { textStart: here } = symbols;
    const there = path === "[kernel.kallsyms]" ? this.#textStart : undefined;
    const shift = here === undefined || there === undefined ? 0 : here - there;
    return {
      at(address) {
        const row = symbols.functions.find(address + shift);
        return row < 0 ? undefined : symbols.functions.name(row);
      },
    };
  }

  #read(buildId: string, notes: Notes): KernelSymbols | undefined {
    const named = this.#files.kallsyms();
    if (named !== undefined) return usable(readKallsyms(named), notes);
    if (buildId !== "") {
      const cached = `~/.debug/.build-id/${buildId.slice(0, 2)}/${buildId.slice(2)}/kallsyms`;
      for (const bytes of this.#files.find(cached)) {
        const symbols = readKallsyms(bytes);
        if (!symbols.hidden) return symbols;
      }
    }
    if (!this.#isRunning(buildId)) return undefined;
    for (const bytes of this.#files.find("/proc/kallsyms")) return usable(readKallsyms(bytes), notes);
    return undefined;
  }

  /** Whether the recorded kernel is the one that runs here: without a build id nobody knows. */
  #isRunning(buildId: string): boolean {
    for (const bytes of this.#files.find("/sys/kernel/notes")) return buildIdOfNotes(bytes) === buildId;
    return false;
  }
}

function usable(symbols: KernelSymbols, notes: Notes): KernelSymbols | undefined {
  if (!symbols.hidden) return symbols;
  const message =
    "the kernel hides its addresses, so its functions have no names: sysctl kernel.kptr_restrict=0, or read the file as root";
  notes.add("information", "kernel-addresses-hidden", message);
  return undefined;
}
