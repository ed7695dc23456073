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
