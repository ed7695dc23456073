import type { Profile, Thread } from "../../packages/core/src/index.ts";

/** What a folded line's frame can be made of. */
export interface FrameText {
  readonly name: string;
  readonly module: string;
  readonly file: string;
  readonly line: number;
  readonly address: bigint;
  readonly kind: number;
  readonly inlined: boolean;
}

/** The profile as sorted folded lines whose frames are written by `write`; an unnamed frame is its address; `root` names threads. */
export function foldedWith(
  profile: Profile,
  valueType: number,
  write: (frame: FrameText) => string,
  root?: (thread: Thread) => string,
): string[] {
  const { samples, stacks, frames, strings, mappings } = profile;
  const texts = Array.from({ length: frames.length }, (_, row) => {
    const address = frames.address[row]!;
    const name = strings.get(frames.name[row]!);
    return write({
      name: name === "" ? `0x${address.toString(16)}` : name,
      module: mappings[frames.mapping[row]!]?.path ?? "",
      file: strings.get(frames.file[row]!),
      line: frames.line[row]!,
      address,
      kind: frames.kind[row]!,
      inlined: frames.inlined[row] === 1,
    });
  });
  const weights = new Map<string, number>();
  for (let row = 0; row < samples.length; row++) {
    const names: string[] = [];
    for (let stack = samples.stack[row]!; stack >= 0; stack = stacks.parent[stack]!) {
      names.push(texts[stacks.frame[stack]!]!);
    }
    const thread = profile.threads[samples.thread?.[row] ?? -1];
    if (root !== undefined && thread !== undefined) names.push(root(thread));
    const line = names.reverse().join(";");
    weights.set(line, (weights.get(line) ?? 0) + samples.weights[valueType]![row]!);
  }
  return [...weights].map(([line, weight]) => `${line} ${weight}`).sort();
}
