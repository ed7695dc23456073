import { decodeUtf8 } from "../util/platform.ts";

/** Escapes of Rust's legacy mangling, as they stay behind where a demangler did half of the work. */
const ESCAPES: readonly (readonly [RegExp, string])[] = [
  [/\$SP\$/g, "@"],
  [/\$BP\$/g, "*"],
  [/\$RF\$/g, "&"],
  [/\$LT\$/g, "<"],
  [/\$GT\$/g, ">"],
  [/\$LP\$/g, "("],
  [/\$RP\$/g, ")"],
  [/\$C\$/g, ","],
];

/**
 * Finishes a half-demangled Rust name: perf prints `_$LT$T$u20$as$u20$core..fmt..Debug$GT$::fmt::h0123456789abcdef`
 * for `<T as core::fmt::Debug>::fmt`. Returns undefined where the bytes are no such name.
 * Source of the escapes: the Rust compiler's legacy symbol names (rustc-demangle, src/legacy.rs).
 */
export function demangleRustLegacy(bytes: Uint8Array, start: number, end: number): string | undefined {
  // `::h` and 16 hexadecimal digits end every such name.
  if (end - start < 20 || bytes[end - 17] !== 0x68 || bytes[end - 18] !== 0x3a || bytes[end - 19] !== 0x3a)
    return undefined;
  const text = decodeUtf8(bytes.subarray(start, end));
  const hash = text.slice(-16);
  if (!/^[0-9a-f]{16}$/.test(hash) || new Set(hash).size < 5) return undefined;
  let name = text.slice(0, -19);
  if (name.startsWith("_$")) name = name.slice(1);
  for (const [code, plain] of ESCAPES) name = name.replace(code, plain);
  name = name.replace(/\$u([0-9a-f]{1,6})\$/g, (all, digits: string) => {
    const point = Number.parseInt(digits, 16);
    return point > 0x1f && point <= 0x10ffff && !(point >= 0xd800 && point < 0xe000)
      ? String.fromCodePoint(point)
      : all;
  });
  return name.replace(/\.\./g, "::");
}
