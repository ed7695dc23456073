import type { FlameTree } from "../../transforms/flame-tree.ts";
import { humanWeight, isScalable } from "../../util/units.ts";
import { withCommas } from "./numbers.ts";
import type { SvgOptions } from "./options.ts";

/** How the weights of one picture are written. */
export interface Amounts {
  /** `1,234 samples`; of times and bytes `12.3 ms`. */
  withUnit(weight: number): string;
  /** The same where the unit is clear: `1,234`, `12.3 ms`. */
  short(weight: number): string;
  /** What the whole is made of: `1,234 samples`, `4.7 s of cpu-clock`. */
  whole(weight: number): string;
  /** Titles hold this behind every weight; empty where the unit varies. */
  readonly countName: string;
  /** True where {@link short} chooses a multiple of the unit. */
  readonly scaled: boolean;
}

/**
 * Times and bytes are written as people say them. With a count name or a factor of the user's own, and for all other
 * units, weights are written as flamegraph.pl has it.
 */
export function amountsOf(options: SvgOptions, tree: FlameTree): Amounts {
  const factor = options.factor ?? 1;
  if (options.countName === undefined && factor === 1 && isScalable(tree.unit)) {
    const human = (weight: number): string => humanWeight(weight, tree.unit);
    const what = tree.measured === undefined ? "" : ` of ${tree.measured}`;
    return {
      withUnit: human,
      short: human,
      whole: (weight) => `${human(weight)}${what}`,
      countName: "",
      scaled: true,
    };
  }
  const countName = options.countName ?? (tree.unit || "samples");
  const short = (weight: number): string => withCommas(weight * factor);
  const withUnit = (weight: number): string => `${short(weight)} ${countName}`;
  return { withUnit, short, whole: withUnit, countName, scaled: false };
}
