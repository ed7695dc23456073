import { demangleRustLegacy } from "../codec/rust-names.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { demangleCpp } from "./itanium.ts";

/**
 * A function's name as people write it: C++ and Rust (legacy mangling) without parameters, anything else as it is.
 * Names that are not understood stay as they are. Clones that the compiler made of a C++ function (`.part.0`, `.cold`)
 * have its name, as with perf; the linker's version stays: `@@GLIBCXX_3.4`.
 */
export function readableName(symbol: string): string {
  const [, mangled = symbol, version = ""] = /^(_Z[^.@]*)(?:\.[a-z]+(?:\.\d+)*)*(@.*)?$/.exec(symbol) ?? [];
  const name = demangleCpp(mangled);
  if (name === undefined) return symbol;
  const bytes = encodeUtf8(name);
  return (demangleRustLegacy(bytes, 0, bytes.length) ?? name) + version;
}
