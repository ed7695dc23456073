import { inlinedNames, kindOfModule } from "../../codec/perf-modules.ts";
import { demangleRustLegacy } from "../../codec/rust-names.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type FrameKindCode } from "../../model/profile.ts";
import { StringInterner } from "../../model/strings.ts";
import { decodeUtf8, encodeUtf8 } from "../../util/platform.ts";

/** What a frame's module says: worked out once per module. */
interface Module {
  readonly kind: FrameKindCode;
  readonly mapping: number;
  /** perf prints `(inlined)` in place of a module. */
  readonly inlined: boolean;
}

const UNKNOWN = encodeUtf8("[unknown]");
const ARROW_HEAD = 0x3e;

/**
 * Makes the frames behind the symbols of a scan. A symbol is `name 0 module 0 [address 0] [0 file:line 0]`;
 * names and modules stay bytes, since most are never looked at as text.
 */
export class SymbolFrames {
  readonly #into: ProfileBuilder;
  readonly #symbols = new StringInterner();
  readonly #frames: (readonly number[])[] = [];
  readonly #moduleIds = new StringInterner();
  readonly #modules: Module[] = [];

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** The frames of the symbol `bytes[start, end)`, outermost first; worked out once, whichever part it is in. */
  frames(bytes: Uint8Array, start: number, end: number): readonly number[] {
    const id = this.#symbols.addBytes(bytes, start, end);
    let frames = this.#frames[id];
    if (frames === undefined) {
      frames = this.#make(bytes, start, end);
      this.#frames[id] = frames;
    }
    return frames;
  }

  #make(bytes: Uint8Array, start: number, end: number): number[] {
    let nameEnd = start;
    while (bytes[nameEnd] !== 0) nameEnd++;
    let moduleEnd = nameEnd + 1;
    while (bytes[moduleEnd] !== 0) moduleEnd++;
    const { mapping, kind, inlined } = this.#module(bytes, nameEnd + 1, moduleEnd);
    const more =
      moduleEnd + 1 < end ? parseMore(decodeUtf8(bytes.subarray(moduleEnd + 1, end))) : NOTHING_MORE;
    const { address, place } = more;
    const file = place === undefined ? 0 : this.#into.string(place.file);
    const line = place?.line ?? 0;
    const add = (name: number, isInlined: boolean): number =>
      this.#into.frame({ name, file, line, mapping, address, kind, inlined: isInlined });
    if (nameEnd === start || equalBytes(bytes, start, nameEnd, UNKNOWN)) {
      const nothingKnown = mapping < 0 && address === 0n;
      return [add(nothingKnown ? this.#into.stringBytes(UNKNOWN) : 0, inlined)];
    }
    if (kind === FrameKind.jit && bytes.subarray(start, nameEnd).includes(ARROW_HEAD)) {
      const names = inlinedNames(decodeUtf8(bytes.subarray(start, nameEnd)));
      if (names.length > 1) return names.map((name, i) => add(this.#into.string(name), i > 0));
    }
    const repaired = demangleRustLegacy(bytes, start, nameEnd);
    const name =
      repaired === undefined ? this.#into.stringBytes(bytes, start, nameEnd) : this.#into.string(repaired);
    return [add(name, inlined)];
  }

  #module(bytes: Uint8Array, start: number, end: number): Module {
    const id = this.#moduleIds.addBytes(bytes, start, end);
    let module = this.#modules[id];
    if (module === undefined) {
      const path = decodeUtf8(bytes.subarray(start, end));
      const none = path === "" || path === "[unknown]" || path === "inlined";
      module = {
        kind: kindOfModule(path),
        mapping: none ? -1 : this.#into.mapping({ path }),
        inlined: path === "inlined",
      };
      this.#modules[id] = module;
    }
    return module;
  }
}

function equalBytes(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false;
  return true;
}

/** What a symbol says besides name and module. */
interface More {
  /** 0 where it says none. */
  readonly address: bigint;
  readonly place: { readonly file: string; readonly line: number } | undefined;
}

const NOTHING_MORE: More = { address: 0n, place: undefined };

function parseMore(text: string): More {
  const parts = text.split("\0");
  const separator = parts.indexOf("");
  return {
    address: parts[0] !== "" ? parseAddress(parts[0]!) : 0n,
    place: separator >= 0 ? parsePlace(parts[separator + 1] ?? "") : undefined,
  };
}

function parseAddress(text: string): bigint {
  return /^[0-9a-fA-F]{1,16}$/.test(text) ? BigInt(`0x${text}`) : 0n;
}

/** `file.cpp:137` and `file.cpp:137 (discriminator 2)`; `libc.so[27b25]` says nothing. */
function parsePlace(text: string): { file: string; line: number } | undefined {
  const match = /^(.+):(\d{1,9})(?: \(discriminator \d+\))?$/.exec(text);
  return match === null ? undefined : { file: match[1]!, line: Number(match[2]) };
}
