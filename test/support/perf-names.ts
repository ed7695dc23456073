import type { CodeNames, NameSource } from "../../packages/core/src/codec/code-names.ts";
import type { Profile } from "../../packages/core/src/index.ts";
import { type FrameText, foldedWith } from "./folded-with.ts";

/** `ffffffff81752b6a elf_load+0x28a ([kernel.kallsyms])`: perf's name for an address of a module. */
const FRAME = /^\s+([0-9a-f]+) (.+?)(?:\+0x[0-9a-f]+)? \(([^()]*(?:\(deleted\))?)\)$/gm;

/** The names that perf found, by module and address: what is left to compare are stacks, modules and addresses. */
function namesOfText(script: string): NameSource {
  const modules = new Map<string, Map<number, string>>();
  for (const [, digits, name, module] of script.matchAll(FRAME)) {
    if (name === "[unknown]") continue;
    const known = modules.get(module!) ?? new Map<number, string>();
    modules.set(module!, known.set(Number(BigInt.asIntN(64, BigInt(`0x${digits}`))), name!));
  }
  const at = (known: Map<number, string>, address: number): string | undefined =>
    known.get(address) ?? known.get(address + 1);
  return {
    async open({ path }): Promise<CodeNames | undefined> {
      const known = modules.get(path);
      return known === undefined ? undefined : { at: (address) => at(known, address) };
    },
  };
}

/** Names from the files, and where there is none, those that perf found. */
export function namesFor(fromFiles: NameSource, script: string, used: Set<string>): NameSource {
  const printed = namesOfText(script);
  return {
    async open(module, notes) {
      const names = await fromFiles.open(module, notes);
      if (names !== undefined) used.add(module.path);
      return names ?? printed.open(module, notes);
    },
    unwinder: (module, notes) => fromFiles.unwinder?.(module, notes),
  };
}

const frameText = ({ name, module, kind }: FrameText): string => `${name} (${module}) ${kind}`;

/** Text has times in microseconds, and time off the CPU is a difference of two. */
function inTenthsOfMilliseconds(line: string): string {
  return line.replace(/\d+$/, (nanoseconds) => String(Math.round(Number(nanoseconds) / 1e5)));
}

/** Folded stacks of every value type that both have. */
export function comparableStacks(profile: Profile, types: readonly string[]): Record<string, string[]> {
  return Object.fromEntries(
    types.map((type) => {
      const row = profile.valueTypes.findIndex(({ name }) => name === type);
      const threadOf = ({ name, tid }: { name: string; tid?: number }): string => `${name}/${tid}`;
      const lines = foldedWith(profile, row, frameText, threadOf);
      return [type, type === "off-cpu" ? lines.map(inTenthsOfMilliseconds) : lines];
    }),
  );
}
