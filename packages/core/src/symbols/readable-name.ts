import { demangleRustLegacy } from "../codec/rust-names.ts";
import { encodeUtf8 } from "../util/platform.ts";
import { demangleCpp } from "./itanium.ts";

/**
 * A function's name as people write it: C++ and Rust (legacy mangling) without parameters, anything else as it is.
 * Names that are not understood stay as they are.
 */
export function readableName(symbol: string): string {
  // Compilers add `.part.0`, `.constprop.0`, `.cold` to clones of a function, and the linker versions: `@@GLIBC_2.34`.
  const [, mangled = symbol, clone = ""] = /^(_Z[^.@]*)((?:\.[a-z]+(?:\.\d+)*)*(?:@.*)?)$/.exec(symbol) ?? [];
  const name = demangleCpp(mangled);
  if (name === undefined) return symbol;
  const bytes = encodeUtf8(name);
  return (demangleRustLegacy(bytes, 0, bytes.length) ?? name) + clone;
}
