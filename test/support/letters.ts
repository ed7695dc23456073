import { expect } from "vitest";
import {
  FrameKind,
  type FrameKindCode,
  type Profile,
  ProfileBuilder,
  type SampleDetails,
  validate,
} from "../../packages/core/src/index.ts";

/**
 * A profile drawn as a picture: one column per sample, root at the top, one frame per row.
 *
 * ```
 * letters(`
 *   A A A
 *   B B C
 *   D . .      "." or a blank: the stack ends above
 * `)           → A;B;D 1, A;B 1, A;C 1
 * ```
 *
 * A last row that starts with "=" gives the weights: `= 3 1 2`. Names may be longer than a letter; a name's
 * suffix `_[k]`, `_[j]` or `_[i]` sets kind and inlining. Columns are separated by blanks.
 */
export function letters(
  picture: string,
  options: {
    readonly details?: readonly SampleDetails[];
    readonly type?: string;
    readonly unit?: string;
  } = {},
): Profile {
  const rows = picture
    .split("\n")
    .map((row) => row.trim())
    .filter((row) => row !== "")
    .map((row) => row.split(/\s+/));
  const weightRow = rows.at(-1)?.[0] === "=" ? rows.pop()!.slice(1).map(Number) : undefined;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const builder = new ProfileBuilder("each");
  builder.meta.format = "letters";
  const type = builder.valueType(options.type ?? "samples", options.unit ?? "count");
  for (let column = 0; column < columns; column++) {
    let stack = -1;
    for (const row of rows) {
      const name = row[column];
      if (name === undefined || name === ".") break;
      stack = builder.stack(stack, frameOf(builder, name));
    }
    builder.sampleOf(stack, type, weightRow?.[column] ?? 1, options.details?.[column]);
  }
  return validated(builder.finish());
}

function frameOf(builder: ProfileBuilder, text: string): number {
  const match = /^(.+)_\[([kji])\]$/.exec(text);
  const kinds: Record<string, FrameKindCode> = { k: FrameKind.kernel, j: FrameKind.jit };
  if (match === null) return builder.frameNamed(text);
  const kind = kinds[match[2]!] ?? FrameKind.unknown;
  return builder.frame({ name: builder.string(match[1]!), kind, inlined: match[2] === "i" });
}

/** Fails the test where the profile breaks an invariant; returns it otherwise. */
export function validated(profile: Profile): Profile {
  expect(validate(profile)).toEqual([]);
  return profile;
}

/** The profile as folded lines, sorted: `A;B;D 1`. Samples with the same stack add up. */
export function foldedOf(profile: Profile, valueType: number = profile.meta.defaultValueType): string[] {
  const { samples, stacks, frames, strings } = profile;
  const weights = new Map<string, number>();
  for (let row = 0; row < samples.length; row++) {
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      names.push(strings.get(frames.name[stacks.frame[stack]!]!));
    }
    const line = names.reverse().join(";");
    weights.set(line, (weights.get(line) ?? 0) + samples.weights[valueType]![row]!);
  }
  return [...weights].map(([line, weight]) => `${line} ${weight}`).sort();
}
