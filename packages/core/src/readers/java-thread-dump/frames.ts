import { parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind } from "../../model/profile.ts";

/**
 * `java.base@17/java.util.ArrayList.grow(ArrayList.java:234)`, with the module before the class or within the
 * parentheses. Returns undefined for a text that is no frame.
 */
export function javaFrame(into: ProfileBuilder, text: string): number | undefined {
  const match = /^([^()\s][^()]*)\(([^()]*)\)/.exec(text.trim());
  if (match === null) return undefined;
  let module = "";
  let name = match[1]!;
  let place = match[2]!;
  // Hidden classes have a slash of their own: `Foo$$Lambda/0x0000000800c8a000.run`.
  for (let slash = name.search(/\/(?!0x)/); slash >= 0; slash = name.search(/\/(?!0x)/)) {
    module = name.slice(0, slash) || module;
    name = name.slice(slash + 1);
  }
  const inside = place.lastIndexOf("/");
  if (inside >= 0) {
    module = place.slice(0, inside);
    place = place.slice(inside + 1);
  }
  if (name === "") return undefined;
  const source = /^(.*):(\d+)$/.exec(place);
  const named = source?.[1] ?? place;
  const known = named !== "" && named !== "Native Method" && named !== "Unknown Source";
  return into.frame({
    name: into.string(name),
    file: known ? into.string(named) : 0,
    line: parseLineNumber(source?.[2]),
    mapping: module === "" ? -1 : into.mapping({ path: module }),
    kind: place === "Native Method" ? FrameKind.native : FrameKind.unknown,
  });
}

/** How `jhsdb jstack` says what runs a frame. */
const RUN_AS = new Map([
  ["Interpreted", FrameKind.interpreted],
  ["Compiled", FrameKind.jit],
]);

/**
 * A frame of `jhsdb jstack`; undefined for a text that is none.
 *
 * ```
 * - Zoo.main(java.lang.String[]) @bci=297, line=21 (Interpreted frame)
 * 0x00007fe0c4a00849 * Zoo.main(java.lang.String[]) bci:297 line:21 (Interpreted frame)      --mixed
 * 0x00007f4213855f16	__futex_abstimed_wait_common + 0xc6
 * ```
 */
export function jhsdbFrame(into: ProfileBuilder, text: string): number | undefined {
  const java =
    /^(?:-|0x[0-9a-f]{1,16}\s+\*) ([^()\s]+)\([^()]*\) @?bci[=:]-?\d+(?:,? line[=:](\d+))? \((\w+)/.exec(
      text,
    );
  if (java !== null) {
    return into.frame({
      name: into.string(java[1]!),
      line: parseLineNumber(java[2]),
      kind: RUN_AS.get(java[3]!) ?? FrameKind.unknown,
    });
  }
  const native = /^0x([0-9a-f]{1,16})\s+(\S.*?)(?: \+ 0x[0-9a-f]+)?$/.exec(text);
  if (native === null) return undefined;
  const compiled = native[2] === "<Unknown compiled code>";
  const name = native[2]!.replace(/^\?+$/, "[unknown]");
  return into.frame({
    name: into.string(compiled ? "[unknown compiled code]" : name),
    address: compiled ? 0n : BigInt(`0x${native[1]}`),
    kind: compiled ? FrameKind.jit : FrameKind.native,
  });
}
