import { FlambeauError } from "@flambeau/core";
import type { Command, Option } from "commander";

/** The arguments of one command, with abbreviations spelled out, as its parser takes them. */
export interface NormaliseOptions {
  /** Long names (without dashes) of the program that the command stands in for: they win over our own additions. */
  readonly dropIn?: ReadonlySet<string> | undefined;
}

/**
 * Users of the Perl tools rely on Getopt::Long: `--color=io` for --colors, `-title x`, `--Title`. Commander takes
 * exact names only, so the arguments are spelled out before it sees them.
 *
 * - An exact name stays; else a prefix that fits one option is completed, upper or lower case alike.
 * - Where it fits several, those of the original program win; if there is more than one, it is an error.
 * - `-name` is `--name`, unless it can only be a short option with its value (`-oFILE`).
 * - What follows an option that takes a value is that value, whatever it looks like.
 */
export function normaliseArguments(
  command: Command,
  args: readonly string[],
  options: NormaliseOptions = {},
): string[] {
  const known = longNames(command);
  const result: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    if (argument === "--") {
      result.push(...args.slice(i));
      break;
    }
    const spelled = spellOut(argument, command, known, options.dropIn ?? new Set());
    result.push(spelled);
    if (takesNextArgument(spelled, command) && i + 1 < args.length) result.push(args[++i]!);
  }
  return result;
}

/** Long names without dashes, and which option each belongs to. */
function longNames(command: Command): Map<string, Option> {
  const names = new Map<string, Option>();
  for (const option of command.options) if (option.long) names.set(option.long.slice(2), option);
  return names;
}

function spellOut(
  argument: string,
  command: Command,
  known: ReadonlyMap<string, Option>,
  dropIn: ReadonlySet<string>,
): string {
  const match = /^(--?)([A-Za-z][\w-]*)(=[\s\S]*)?$/.exec(argument);
  if (match === null) return argument;
  const [, dashes, name = "", value = ""] = match;
  if (dashes === "-" && isShort(command, name)) return argument;
  if (name === "help" || name === "version") return `--${name}`;
  const full = complete(name, known, dropIn);
  if (full !== undefined) return `--${full}${value}`;
  return dashes === "-" && !hasShort(command, name[0]!) && name.length > 1 ? `-${argument}` : argument;
}

function isShort(command: Command, name: string): boolean {
  return name.length === 1 && (name === "h" || hasShort(command, name));
}

function hasShort(command: Command, letter: string): boolean {
  return command.options.some((option) => option.short === `-${letter}`);
}

/** The one long name that `name` abbreviates, or undefined where none does. */
function complete(
  name: string,
  known: ReadonlyMap<string, Option>,
  dropIn: ReadonlySet<string>,
): string | undefined {
  if (known.has(name)) return name;
  const start = name.toLowerCase();
  const fitting = [...known.keys()].filter((candidate) => candidate.toLowerCase().startsWith(start));
  const exact = fitting.find((candidate) => candidate.length === start.length);
  if (exact !== undefined) return exact;
  const original = fitting.filter((candidate) => dropIn.has(candidate));
  const candidates = original.length > 0 ? original : fitting;
  if (candidates.length <= 1) return candidates[0];
  const options = new Set(candidates.map((candidate) => known.get(candidate)!.attributeName()));
  // `--no-x` has the attribute of `--x`, but the two are never abbreviated alike.
  if (options.size === 1) return candidates[0];
  throw new FlambeauError("usage", `option --${name} is ambiguous`, {
    hint: `It could be ${candidates.map((candidate) => `--${candidate}`).join(" or ")}.`,
  });
}

function takesNextArgument(argument: string, command: Command): boolean {
  if (!argument.startsWith("-") || argument.includes("=")) return false;
  const option = command.options.find((known) => known.long === argument || known.short === argument);
  return option?.required === true;
}
