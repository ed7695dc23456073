import { FrameKind, type FrameKindCode } from "../model/profile.ts";

/** Modules in brackets that are not the kernel's. */
const USER_PSEUDO_MODULES = new Set([
  "[unknown]",
  "[vdso]",
  "[vsyscall]",
  "[heap]",
  "[stack]",
  "[anon]",
  "[uprobes]",
]);

/** Where code of a module runs, as far as its path says. */
export function kindOfModule(module: string): FrameKindCode {
  if (module === "" || module === "[unknown]" || module === "inlined") return FrameKind.unknown;
  if (
    /^\/tmp\/perf-\d+\.map$/.test(module) ||
    /\/perf-\d+\.map$/.test(module) ||
    /\/jitted-[^/]*\.so$/.test(module)
  ) {
    return FrameKind.jit;
  }
  if (module.startsWith("[")) return USER_PSEUDO_MODULES.has(module) ? FrameKind.native : FrameKind.kernel;
  if (/\.ko(?:\.(?:gz|xz|zst))?$/.test(module) || /(?:^|\/)vmlinu[xz](?:-[^/]*)?$/.test(module))
    return FrameKind.kernel;
  if (/^bpf_prog_/.test(module)) return FrameKind.kernel;
  return FrameKind.native;
}

/** The JIT writes an inlined chain `a->b->c` into its map: the names, outermost first. */
export function inlinedNames(chain: string): string[] {
  return chain.split("->").filter((name) => name !== "");
}
