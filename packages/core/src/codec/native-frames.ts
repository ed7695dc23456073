import type { ProfileBuilder } from "../model/builder.ts";
import type { FrameInput } from "../model/frames.ts";
import { FrameKind } from "../model/profile.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { demangleRustLegacy } from "./rust-names.ts";

/** What a text dump of a native stack says of one frame. */
export interface NativeFrame {
  /** With or without `+0x1f`; empty where there is no symbol. */
  readonly symbol: string;
  /** Path or name of the module; empty or `[unknown]` where not known. */
  readonly module?: string;
  /** Row of a mapping of which more is known than the module's path. */
  readonly mapping?: number | undefined;
  readonly address?: bigint | undefined;
  readonly file?: string | undefined;
  readonly line?: number | undefined;
  readonly kernel?: boolean;
  readonly inlined?: boolean;
}

/** `name+0x1f`, `name+31` and SystemTap's `name+0x1f/0x40`: the offset is where in the function, not its name. */
const OFFSET = /\+(?:0x[0-9a-fA-F]+|\d+)(?:\/0x[0-9a-fA-F]+)?$/;

/** A symbol without the offset behind it. */
export function withoutOffset(symbol: string): string {
  const name = symbol.replace(OFFSET, "");
  return name === "" ? symbol : name;
}

/** A hexadecimal number of at most 64 bits, with or without `0x`; undefined where the text is none. */
export function parseHex(text: string): bigint | undefined {
  return /^(?:0x)?[0-9a-fA-F]{1,16}$/.test(text)
    ? BigInt(text.startsWith("0x") ? text : `0x${text}`)
    : undefined;
}

/** Line numbers beyond 32 bits are noise. */
export function parseLineNumber(text: string | undefined): number {
  const line = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return line;
}

/** The row of such a frame. A symbol that is only an address, or none, leaves the name unknown. */
export function nativeFrame(into: ProfileBuilder, frame: NativeFrame): number {
  const { symbol, module = "" } = frame;
  const bare = /^0x[0-9a-fA-F]{1,16}$/.test(symbol);
  const unknown = symbol === "" || symbol === "[unknown]" || symbol === "??" || bare;
  const address = frame.address ?? (bare ? parseHex(symbol) : undefined) ?? 0n;
  const known = module === "" || module === "[unknown]" ? -1 : into.mapping({ path: module });
  const mapping = frame.mapping ?? known;
  const nameless = unknown && (address !== 0n || mapping >= 0);
  const text = unknown ? "[unknown]" : withoutOffset(symbol);
  const input: FrameInput = {
    name: nameless ? 0 : into.string(rustName(text)),
    mapping,
    address: unknown ? address : 0n,
    kind: frame.kernel === true ? FrameKind.kernel : FrameKind.unknown,
    inlined: frame.inlined === true,
    file: frame.file === undefined ? 0 : into.string(frame.file),
    line: frame.line ?? 0,
  };
  return into.frame(input);
}

/** Half-demangled Rust names are finished; any other name stays. */
function rustName(name: string): string {
  // LLVM's suffix stands behind the hash: `…::h0123456789abcdef (.llvm.123)`.
  const plain = name.replace(/ ?\(?\.llvm\.[0-9A-Fa-f]+\)?$/, "");
  if (!/::h[0-9a-f]{16}$/.test(plain)) return name;
  const bytes = encodeUtf8(plain);
  return demangleRustLegacy(bytes, 0, bytes.length) ?? name;
}

/** The stack of frames listed from the leaf to the root, on top of `base`. */
export function stackOfLeafFirst(into: ProfileBuilder, frames: readonly number[], base = -1): number {
  let stack = base;
  for (let i = frames.length - 1; i >= 0; i--) stack = into.stack(stack, frames[i]!);
  return stack;
}
