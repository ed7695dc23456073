import { demangleRustLegacy } from "../codec/rust-names.ts";
import { decodeLatin1, decodeUtf8, encodeUtf8 } from "../util/platform.ts";
import { demangleCpp } from "./demangle/cpp.ts";
import { demangleRust } from "./demangle/rust.ts";

/** Names of functions longer than this are shown as they are. */
const LONGEST = 32_768;

/**
 * The name of a function in its own language: `_ZN3foo3barIiEEvT_` is `foo::bar<int>`, `_RNvCs1_3foo3bar` is `foo::bar`.
 * Parameters and results are left out, as perf does, and hashes of Rust's names. Clones that the compiler made of a
 * function (`.part.0`, `.cold`) have its name, the linker's version stays: `@@GLIBCXX_3.4`. What cannot be read stays as it is.
 */
export function readableName(symbol: string): string {
  if (!symbol.startsWith("_Z") && !symbol.startsWith("_R")) return symbol;
  if (symbol.length > LONGEST) return symbol;
  const [, mangled = symbol, version = ""] =
    /^(_[ZR][^.@]*)(?:\.[A-Za-z]+(?:\.\d+)*)*(@.*)?$/.exec(symbol) ?? [];
  const name = readable(mangled);
  return name === undefined ? (readable(symbol) ?? symbol) : name + version;
}

function readable(mangled: string): string | undefined {
  if (mangled.startsWith("_R")) return demangleRust(mangled);
  // Lengths in the name count bytes.
  const bytes = encodeUtf8(mangled);
  const ascii = bytes.length === mangled.length;
  const name = demangleCpp(ascii ? mangled : decodeLatin1(bytes), { parameters: false, expand: false });
  if (name === undefined) return undefined;
  const text = ascii ? encodeUtf8(name) : Uint8Array.from(name, (char) => char.charCodeAt(0));
  // Rust's legacy mangling puts an underscore before a part of a path that would begin with an escape.
  const rust = name.includes("::_$") ? encodeUtf8(name.replaceAll("::_$", "::$$")) : text;
  return demangleRustLegacy(rust, 0, rust.length) ?? decodeUtf8(text);
}
