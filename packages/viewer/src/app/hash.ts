import { GROUPINGS, OWN_CODE_RULES } from "@flambeau/core";
import { type FilterEntry, INITIAL_VIEW, VIEWS, type ViewState } from "./view-state.ts";

/** What a value must be to be taken from a link. */
type Check = (value: unknown) => boolean;

const isText: Check = (value) => typeof value === "string";
const isFlag: Check = (value) => typeof value === "boolean";
const isIndex: Check = (value) => Number.isSafeInteger(value) && (value as number) >= -1;
const isRange: Check = (value) => Array.isArray(value) && value.length === 2 && value.every(Number.isFinite);
const among =
  (known: readonly unknown[]): Check =>
  (value) =>
    known.includes(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const isMatch: Check = (value) =>
  isRecord(value) &&
  Object.entries(value).every(
    ([key, text]) => ["name", "pattern", "module", "file"].includes(key) && isText(text),
  );

const isStep: Check = (value) => {
  if (!isRecord(value)) return false;
  switch (value.kind) {
    case "focus":
    case "ignore":
    case "hide":
    case "prune":
    case "root":
      return isMatch(value.match);
    case "recursion":
      return value.mode === "direct" || value.mode === "cycles";
    case "library":
      return value.library === undefined || isText(value.library);
    case "own-code":
      return value.rules === undefined || listOf(isText)(value.rules);
    default:
      return value.kind === "inlined";
  }
};

const CHECKS: { readonly [K in keyof ViewState]: Check } = {
  profile: isIndex,
  base: isIndex,
  normalize: isFlag,
  diff: (value) =>
    isRecord(value) && among(["absolute", "relative"])(value.scale) && among(["self", "total"])(value.by),
  valueType: isText,
  threads: among(["merged", "names", "each"]),
  threadRows: listOf(isIndex),
  labels: listOf((value) => isRecord(value) && isText(value.key) && isText(value.value)),
  range: isRange,
  baseRange: isRange,
  filters: listOf((value) => isRecord(value) && isStep(value.step) && isFlag(value.enabled)),
  groupBy: among(GROUPINGS),
  view: among(VIEWS),
  split: among(VIEWS),
  direction: among(["flame", "icicle"]),
  inverted: isFlag,
  search: isText,
  regex: isFlag,
  zoom: isText,
  selected: isText,
  chartThread: isIndex,
  file: isText,
};

/** The part of an address behind `#`: what differs from the start, texts as they are, the rest as JSON. */
export function hashOf(state: ViewState): string {
  const params = new URLSearchParams();
  for (const key of Object.keys(CHECKS) as (keyof ViewState)[]) {
    const value = state[key];
    if (value === undefined || JSON.stringify(value) === JSON.stringify(INITIAL_VIEW[key])) continue;
    const said = key === "filters" ? state.filters.map(withoutUsualRules) : value;
    params.set(key, typeof said === "string" ? said : JSON.stringify(said));
  }
  const text = params.toString();
  return text === "" ? "" : `#${text}`;
}

/** The state that a link describes. Whatever in it makes no sense is left at its start. */
export function stateOfHash(hash: string): ViewState {
  const state: Record<string, unknown> = { ...INITIAL_VIEW };
  const params = new URLSearchParams(hash.replace(/^#/, ""));
  for (const [key, check] of Object.entries(CHECKS)) {
    const text = params.get(key);
    if (text === null) continue;
    for (const value of [text, parsed(text)]) {
      if (!check(value)) continue;
      state[key] = value;
      break;
    }
  }
  const view = state as unknown as ViewState;
  return { ...view, filters: view.filters.map(withUsualRules) };
}

/** The usual rules of "only my code" are not said: they are long, and links should be short. */
function withoutUsualRules(entry: FilterEntry): object {
  const { step, enabled } = entry;
  const usual = step.kind === "own-code" && JSON.stringify(step.rules) === JSON.stringify(OWN_CODE_RULES);
  return usual ? { step: { kind: step.kind }, enabled } : entry;
}

function withUsualRules(entry: FilterEntry): FilterEntry {
  const { step } = entry;
  if (step.kind !== "own-code" || step.rules !== undefined) return entry;
  return { ...entry, step: { kind: "own-code", rules: OWN_CODE_RULES } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
