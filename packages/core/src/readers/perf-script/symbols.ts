import { demangleRustLegacy } from "../../codec/rust-names.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { decodeUtf8 } from "../../util/platform.ts";

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

/**
 * The frames behind one symbol of a scan, outermost first: more than one where the JIT wrote an inlined chain
 * `a->b->c` into its map. A symbol is `name 0 module 0 [address 0] [0 file:line 0]`.
 */
export function framesOfSymbol(
  bytes: Uint8Array,
  nameStart: number,
  end: number,
  into: ProfileBuilder,
): number[] {
  const nameEnd = bytes.indexOf(0, nameStart);
  const moduleEnd = bytes.indexOf(0, nameEnd + 1);
  const module = decodeUtf8(bytes.subarray(nameEnd + 1, moduleEnd));
  const rest = moduleEnd + 1 < end ? decodeUtf8(bytes.subarray(moduleEnd + 1, end)).split("\0") : [];
  const address = rest[0] !== undefined && rest[0] !== "" ? parseAddress(rest[0]) : undefined;
  const separator = rest.indexOf("");
  const place = parsePlace(separator >= 0 ? (rest[separator + 1] ?? "") : "");
  const kind = kindOfModule(module);
  const mapping =
    module === "" || module === "[unknown]" || module === "inlined" ? -1 : into.mapping({ path: module });
  const frame = {
    mapping,
    kind,
    inlined: module === "inlined",
    ...(address === undefined ? {} : { address }),
    ...(place === undefined ? {} : { file: into.string(place.file), line: place.line }),
  };
  const isUnknown = nameEnd === nameStart || decodeUtf8(bytes.subarray(nameStart, nameEnd)) === "[unknown]";
  if (isUnknown)
    return [
      into.frame({ ...frame, name: mapping < 0 && address === undefined ? into.string("[unknown]") : 0 }),
    ];
  if (kind === FrameKind.jit && bytes.subarray(nameStart, nameEnd).includes(0x3e)) {
    const names = decodeUtf8(bytes.subarray(nameStart, nameEnd))
      .split("->")
      .filter((name) => name !== "");
    if (names.length > 1) {
      return names.map((name, i) => into.frame({ ...frame, name: into.string(name), inlined: i > 0 }));
    }
  }
  const repaired = demangleRustLegacy(bytes, nameStart, nameEnd);
  const name = repaired === undefined ? into.stringBytes(bytes, nameStart, nameEnd) : into.string(repaired);
  return [into.frame({ ...frame, name })];
}

function parseAddress(text: string): bigint | undefined {
  return /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : undefined;
}

/** `file.cpp:137` and `file.cpp:137 (discriminator 2)`; `libc.so[27b25]` says nothing. */
function parsePlace(text: string): { file: string; line: number } | undefined {
  const match = /^(.+):(\d{1,9})(?: \(discriminator \d+\))?$/.exec(text);
  return match === null ? undefined : { file: match[1]!, line: Number(match[2]) };
}
