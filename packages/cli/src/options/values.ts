import { Command, InvalidArgumentError } from "commander";

/** A whole number of at least `least`. */
export function integer(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || text.trim() === "" || value < least) {
      throw new InvalidArgumentError(`It is not a whole number of at least ${least}.`);
    }
    return value;
  };
}

/** A TCP port. */
export function port(text: string): number {
  const value = integer(1)(text);
  if (value > 65_535) throw new InvalidArgumentError("It is no port: they end at 65535.");
  return value;
}

/** True where the user gave one of the options that `add` adds to a command. */
export function isGiven(command: Command, add: (to: Command) => Command): boolean {
  return add(new Command()).options.some(
    (option) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
}

/** A number above zero; fractions are fine. */
export function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError("It is not a number above 0.");
  return value;
}

/** For options that may be given several times. */
export function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

/** A regular expression, or the user's mistake in it. */
export function pattern(text: string): RegExp {
  try {
    return new RegExp(text, "u");
  } catch {
    return lenientPattern(text);
  }
}

/** Without the u flag more is allowed (`\-`), as in the patterns people carry over from other tools. */
function lenientPattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is not a regular expression: ${(error as Error).message}`);
  }
}

/** Like {@link pattern}, for options that may be given several times. */
export function collectPatterns(text: string, before: readonly RegExp[] | undefined): readonly RegExp[] {
  return [...(before ?? []), pattern(text)];
}

const timeUnits = new Map([
  ["", 1e9],
  ["s", 1e9],
  ["ms", 1e6],
  ["us", 1e3],
  ["µs", 1e3],
  ["ns", 1],
  ["m", 60e9],
  ["min", 60e9],
  ["h", 3600e9],
]);

/** A duration such as `1.5`, `1.5s`, `20ms`, in nanoseconds; a bare number is seconds. */
export function duration(text: string): number {
  const match = /^\s*(\d+(?:\.\d*)?|\.\d+)\s*([a-zµ]*)\s*$/.exec(text);
  const unit = match === null ? undefined : timeUnits.get(match[2]!);
  if (match === null || unit === undefined) {
    throw new InvalidArgumentError("It is not a time such as 1.5s, 20ms or 3us.");
  }
  return Number(match[1]) * unit;
}
