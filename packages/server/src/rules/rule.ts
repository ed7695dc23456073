import { z } from "zod";
import { parseSelector } from "../query/selectors/parse.ts";
import { parseProfileType } from "../query/selectors/profile-type.ts";

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as `90s`, `10m`, `1h` or `1d`, in milliseconds. */
const duration = z
  .string()
  .regex(/^[1-9]\d{0,6}[smhd]$/, "a duration such as 90s, 10m, 1h or 1d")
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.at(-1)!]!);

const query = z.string().superRefine((text, context) => {
  try {
    const { name } = parseSelector(text);
    if (name === undefined) throw new Error("it names no profile type: type{selector}");
    parseProfileType(name);
  } catch (error) {
    context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
  }
});

/** A function by its exact name, or by a regular expression between slashes. */
const functionName = z
  .string()
  .min(1)
  .superRefine((text, context) => {
    try {
      functionTest(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  });

/**
 * A rule: what a function weighs in a selection, measured again and again. Durations in milliseconds.
 *
 * `measure`: `share` of the selection's weight, 0 … 1; `total`, the weight in the base unit (seconds for CPU time,
 * bytes); `change`, the share now minus the share in the same window `against` ago.
 */
export interface Rule {
  readonly name: string;
  readonly tenant: string;
  /** Profile type and selector. */
  readonly query: string;
  /** A name, or an expression between slashes; without one, the whole selection is measured. */
  readonly function?: string | undefined;
  /** `total`: the function and all it calls; `self`: the function alone. */
  readonly weight: "total" | "self";
  readonly measure: "share" | "total" | "change";
  readonly window: number;
  readonly against: number;
  readonly every: number;
  /** Fires above this value; a rule without a threshold only records. */
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  /** How long the threshold must be passed before the rule fires. */
  readonly for?: number | undefined;
  /** Labels of the metric and of the alert. */
  readonly labels: Readonly<Record<string, string>>;
  readonly webhook?: string | undefined;
}

/** What a rule looks like in the configuration; durations as `10m`. */
export const ruleSchema: z.ZodType<Rule> = z
  .strictObject({
    name: z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/, "letters, digits and _, as in a metric's name"),
    tenant: z.string().min(1).default("anonymous"),
    query,
    function: functionName.optional(),
    weight: z.enum(["total", "self"]).default("total"),
    measure: z.enum(["share", "total", "change"]).default("share"),
    window: duration.prefault("10m"),
    against: duration.prefault("1d"),
    every: duration.prefault("1m"),
    above: z.number().optional(),
    below: z.number().optional(),
    for: duration.optional(),
    labels: z.record(z.string().regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/), z.string()).default({}),
    webhook: z.url({ protocol: /^https?$/ }).optional(),
  })
  .refine((rule) => rule.webhook === undefined || rule.above !== undefined || rule.below !== undefined, {
    message: "a webhook needs a threshold: above or below",
  });

/** Tells whether a name is the one a rule means. @throws SyntaxError where the expression is none */
export function functionTest(text: string): (name: string) => boolean {
  if (text.length > 2 && text.startsWith("/") && text.endsWith("/")) {
    const pattern = new RegExp(text.slice(1, -1), "u");
    return (name) => pattern.test(name);
  }
  return (name) => name === text;
}
