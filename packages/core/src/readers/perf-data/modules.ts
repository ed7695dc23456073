import type { CodeModule } from "../../codec/code-names.ts";

export const KERNEL_PATH = "[kernel.kallsyms]";

/** A module as the recording names it. */
export interface Module {
  readonly path: string;
  /** As the mapping said; that of the header's list is looked up by path. */
  readonly buildId: string;
  /** Of code made at run time; else -1. */
  readonly pid: number;
  /** Addresses in it are virtual addresses: there is no file behind it. */
  readonly virtual: boolean;
  readonly inKernel: boolean;
  /** Kernel code that has its name from the recording: a BPF program. */
  readonly name: string | undefined;
}

/** The modules of a recording: equal ones are one. */
export class Modules {
  readonly all: Module[] = [];
  readonly #rows = new Map<string, number>();
  /** Where the kernel's text began. */
  textStart: number | undefined;
  /** Jitdump files by process. */
  readonly dumps: Map<number, string[]> = new Map();
  readonly kernel: number;

  constructor() {
    this.kernel = this.#add({
      path: KERNEL_PATH,
      buildId: "",
      pid: -1,
      virtual: true,
      inKernel: true,
      name: undefined,
    });
  }

  /** What a process has mapped under a name. */
  ofProcess(path: string, buildId: string, pid: number): number {
    if (isJitDump(path)) this.#noteDump(path, pid);
    if (isAnonymous(path)) {
      path = `/tmp/perf-${pid}.map`;
      return this.#add({ path, buildId: "", pid, virtual: true, inKernel: false, name: undefined });
    }
    const virtual = /^(?:\[heap\]|\[stack|\/SYSV|\/memfd:)/.test(path);
    const own = virtual || /\/jitted-\d+-\d+\.so$/.test(path);
    return this.#add({ path, buildId, pid: own ? pid : -1, virtual, inKernel: false, name: undefined });
  }

  /** A module of the kernel, by the path of its file or as it is: `[nf_tables]`. */
  ofKernel(path: string, buildId: string): number {
    const file = /([^/]+?)\.ko(?:\.(?:gz|xz|zst))?$/.exec(path)?.[1];
    const name = file === undefined ? path : `[${file.replaceAll("-", "_")}]`;
    return this.#add({ path: name, buildId, pid: -1, virtual: true, inKernel: true, name: undefined });
  }

  /** A program that the kernel was given. */
  ofProgram(name: string): number {
    return this.#add({ path: name, buildId: "", pid: -1, virtual: true, inKernel: true, name });
  }

  /** What is asked of those who know names. */
  request(row: number, buildIds: ReadonlyMap<string, string>): CodeModule {
    const { path, buildId, pid, inKernel } = this.all[row]!;
    const kernel = { buildId: buildIds.get(KERNEL_PATH) ?? "", textStart: this.textStart };
    return {
      path,
      buildId: buildId || (buildIds.get(path) ?? ""),
      pid,
      kernel: inKernel ? kernel : undefined,
      dumps: pid < 0 ? [] : (this.dumps.get(pid) ?? []),
    };
  }

  #add(module: Module): number {
    const key = `${module.pid}/${module.virtual}/${module.name !== undefined}/${module.buildId}/${module.path}`;
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.all.push(module) - 1;
      this.#rows.set(key, row);
    }
    return row;
  }

  #noteDump(path: string, pid: number): void {
    const known = this.dumps.get(pid) ?? [];
    if (!known.includes(path) && known.length < MOST_DUMPS) known.push(path);
    this.dumps.set(pid, known);
  }
}

/** Dumps that one process writes: one, unless it lies. */
const MOST_DUMPS = 16;

/** What perf takes for memory without a file (util/map.c, `is_anon_memory`). */
function isAnonymous(path: string): boolean {
  return (
    path === "//anon" || path.startsWith("/dev/zero") || path.startsWith("/anon_hugepage") || isJitDump(path)
  );
}

/** A process maps its jitdump so that perf learns of it. */
export function isJitDump(path: string): boolean {
  return /(?:^|\/)jit-\d+\.dump$/.test(path);
}
