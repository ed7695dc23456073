import { FrameKind, type Profile } from "../model/profile.ts";
import { FlambeauError } from "../util/errors.ts";
import { matchFrames, type Pattern } from "./matcher.ts";
import { rebuildStacks, withStacks } from "./rebuild.ts";

/**
 * What counts as other people's code, one rule a line: `kind:kernel`, or `module:`, `file:` or `name:` with a
 * pattern in which `*` stands for any text. A frame that any rule fits is not the user's own.
 */
export const OWN_CODE_RULES: readonly string[] = [
  "kind:kernel",
  "module:/usr/*",
  "module:/lib/*",
  "module:/lib64/*",
  "module:/System/*",
  "module:C:\\Windows\\*",
  "module:[*",
  "file:/usr/*",
  "file:*/node_modules/*",
  "file:node:*",
  "file:internal/*",
  "file:*/site-packages/*",
  "file:*/dist-packages/*",
  "file:*/lib/python*",
  "file:<frozen *",
  "file:*/pkg/mod/*",
  "file:*/go/src/*",
  "file:*/.cargo/*",
  "file:/rustc/*",
  "file:*/gems/*",
  "name:java.*",
  "name:java/*",
  "name:javax.*",
  "name:javax/*",
  "name:jdk.*",
  "name:jdk/*",
  "name:sun.*",
  "name:sun/*",
  "name:com.sun.*",
  "name:kotlin.*",
  "name:kotlin/*",
  "name:scala.*",
  "name:scala/*",
  "name:runtime.*",
  "name:std::*",
  "name:core::*",
  "name:alloc::*",
  "name:<* as core::*",
  "name:<* as std::*",
  "name:__libc_*",
  "name:__GI_*",
  "name:_start",
  "name:[unknown]",
  "name:(garbage collector)",
  "name:(program)",
];

/** Hides frames that are not the user's own; their weight goes to who called them. */
export function ownCodeOnly(profile: Profile, rules: readonly string[] = OWN_CODE_RULES): Profile {
  const foreign = foreignFrames(profile, rules);
  const rebuilt = rebuildStacks(profile.stacks, (parent, frame, _, into) =>
    foreign[frame] === 1 ? parent : into.add(parent, frame),
  );
  return withStacks(profile, rebuilt);
}

/** 1 for every frame that a rule fits. A rule that cannot be understood is an error of code "usage". */
export function foreignFrames(profile: Profile, rules: readonly string[] = OWN_CODE_RULES): Uint8Array {
  const patterns: Record<"module" | "file" | "name", string[]> = { module: [], file: [], name: [] };
  const kinds = new Set<number>();
  for (const rule of rules) {
    const [, part, text] = /^(kind|module|file|name):(.+)$/s.exec(rule.trim()) ?? [];
    if (text === undefined) throw badRule(rule);
    if (part === "kind") kinds.add(kindOf(text, rule));
    else patterns[part as keyof typeof patterns].push(text);
  }
  const foreign = matchFrames(
    profile,
    (["module", "file", "name"] as const)
      .filter((part) => patterns[part].length > 0)
      .map((part) => ({ [part]: anyOf(patterns[part]) })),
  );
  for (let frame = 0; frame < foreign.length; frame++) {
    if (kinds.has(profile.frames.kind[frame]!)) foreign[frame] = 1;
  }
  return foreign;
}

function kindOf(text: string, rule: string): number {
  const kind = (FrameKind as Record<string, number>)[text];
  if (kind === undefined || !Object.hasOwn(FrameKind, text)) throw badRule(rule);
  return kind;
}

function badRule(rule: string): FlambeauError {
  return new FlambeauError("usage", `"${rule}" is no rule for foreign code.`, {
    hint: `Write kind:${Object.keys(FrameKind).join(" or kind:")}, module:PATTERN, file:PATTERN or name:PATTERN; * stands for any text.`,
  });
}

/** One regular expression of patterns in which only `*` is special. */
function anyOf(patterns: readonly string[]): Pattern {
  const sources = patterns.map((pattern) =>
    pattern
      .split("*")
      .map((text) => text.replace(/[\\^$.+?()[\]{}|/]/g, "\\$&"))
      .join(".*"),
  );
  return new RegExp(`^(?:${sources.join("|")})$`, "s");
}
