import type { Profile } from "@flambeau/core";
import type { StoreReads } from "../store/reads/reads.ts";
import type { TypedSelection } from "../store/reads/where.ts";
import type { LabelMatcher, Selection } from "../store/store.ts";
import { QueryError } from "./query-error.ts";
import { parseSelector } from "./selectors/parse.ts";
import { isGauge, type ProfileTypeParts, parseProfileType } from "./selectors/profile-type.ts";
import {
  type SelectedStacks,
  type SelectOptions,
  type StackCacheLimits,
  TenantStacks,
} from "./stacks/tenant-stacks.ts";
import { mergedProfile } from "./trees/merged-profile.ts";
import type { MergedPair, MergedTree } from "./trees/name-weights.ts";
import type { LeftOut } from "./trees/node-limit.ts";
import type { WeightedStacks } from "./trees/stack-space.ts";

/** Whose data, and when: as a request tells it. Milliseconds since the Unix epoch, both ends counted in. */
export interface Range {
  readonly tenant: string;
  readonly start: number;
  readonly end: number;
}

/** Stacks of one profile type, as requests ask for them. */
export interface StackQuery extends Range {
  readonly type: string;
  readonly selector: string;
  /** Only stacks whose outermost frames have these names. */
  readonly callSite?: readonly string[];
  /** Spans, 16 hexadecimal digits each. */
  readonly spans?: readonly string[];
  readonly profiles?: readonly string[];
}

/** Selected stacks and what they are of. */
export interface StackAnswer extends SelectedStacks {
  readonly type: ProfileTypeParts;
  readonly selection: TypedSelection;
  /** What whoever sees the numbers must know. */
  readonly notes: readonly string[];
}

/** Two selections merged into the same nodes. */
export interface PairAnswer {
  readonly pair: MergedPair;
  readonly type: ProfileTypeParts;
  readonly notes: readonly string[];
}

/** Samples that are looked at one by one for one answer. */
const MOST_SAMPLES = 20_000_000;

/** The questions that can be asked, whatever the protocol. */
export class Queries {
  readonly reads: StoreReads;
  readonly #stacks: TenantStacks;

  constructor(reads: StoreReads, limits?: StackCacheLimits) {
    this.reads = reads;
    this.#stacks = new TenantStacks(reads, limits);
  }

  /** The stacks that a query means; gauges are averaged, and a note says so. */
  async stacks(query: StackQuery): Promise<StackAnswer> {
    const type = parseProfileType(query.type);
    const selection: TypedSelection = { ...selectionOf(query, query.selector), type: type.id };
    const gauge = isGauge(type) && query.spans === undefined && query.profiles === undefined;
    const options: SelectOptions = {
      average: gauge,
      ...(query.spans === undefined ? {} : { spans: query.spans.map(spanId) }),
      ...(query.profiles === undefined ? {} : { profiles: query.profiles.map(profileId) }),
    };
    const selected = await this.#stacks.select(selection, options);
    const notes = gauge
      ? [
          `${type.sampleType} exists rather than happens: the mean of each series' profiles is shown, not their sum`,
        ]
      : [];
    if (query.callSite === undefined || query.callSite.length === 0)
      return { ...selected, type, selection, notes };
    const wanted = selected.space.startsWith(query.callSite);
    return { ...selected, parts: selected.parts.map((part) => keep(part, wanted)), type, selection, notes };
  }

  /** Stacks merged by function name: the `nodes` heaviest nodes; default: all. */
  async tree(query: StackQuery, nodes?: number): Promise<StackAnswer & { readonly tree: MergedTree }> {
    const answer = await this.stacks(query);
    const tree = answer.space.mergeByName(answer.parts, nodes);
    return { ...answer, tree, notes: [...answer.notes, ...cutNotes(tree)] };
  }

  /** Two queries of one tenant side by side, merged by function name. */
  async pair(left: StackQuery, right: StackQuery, nodes: number): Promise<PairAnswer> {
    return this.#stacks.keeping(left.tenant, async () => {
      const [base, head] = await Promise.all([this.stacks(left), this.stacks(right)]);
      const pair = base.space.mergePairByName(base.parts, head.parts, nodes);
      const notes = new Set([...base.notes, ...head.notes, ...cutNotes(pair)]);
      return { pair, type: base.type, notes: [...notes] };
    });
  }

  /**
   * The samples below a call site: times in seconds since the Unix epoch, and values.
   * @throws QueryError where they are more than {@link MOST_SAMPLES}
   */
  async callSiteSamples(
    query: StackQuery,
  ): Promise<{ readonly times: Uint32Array; readonly values: Float64Array }> {
    const type = parseProfileType(query.type);
    const selection: TypedSelection = { ...selectionOf(query, query.selector), type: type.id };
    const { samples } = await this.reads.catalog.cost(selection);
    if (samples > MOST_SAMPLES) {
      throw new QueryError(
        "unsupported",
        `${samples} samples lie in the range; a call site is looked up in ${MOST_SAMPLES} at most: narrow the range or the selector`,
      );
    }
    const { space, rows } = await this.#stacks.samples(selection);
    const wanted = space.startsWith(query.callSite ?? []);
    const times: number[] = [];
    const values: number[] = [];
    rows.stacks.forEach((stack, i) => {
      if (!wanted(stack)) return;
      times.push(rows.times[i]!);
      values.push(rows.values[i]!);
    });
    return { times: Uint32Array.from(times), values: Float64Array.from(values) };
  }

  /** Stacks as a profile of the core, with files and lines. */
  async profile(query: StackQuery): Promise<Profile> {
    const { space, parts, type } = await this.stacks(query);
    return mergedProfile(space, parts, { type, from: query.start, to: query.end });
  }

  /** Forgets what was kept in memory of a tenant: after symbols came in, or data was deleted. */
  forget(tenant: string): void {
    this.#stacks.forget(tenant);
  }
}

/**
 * A selection of a request. No range at all (both ends 0) is all time, as Grafana's health check asks it.
 * @throws QueryError where the range is the wrong way round, or the selector cannot be understood
 */
export function selectionOf({ tenant, start, end }: Range, ...selectors: readonly string[]): Selection {
  if (start > end) {
    throw new QueryError("invalid", `the range starts at ${start}, after its end at ${end} (milliseconds)`);
  }
  const matchers = selectors.flatMap((selector) => matchersOf(selector));
  if (start === 0 && end === 0) return { tenant, matchers, from: 0, to: Date.UTC(2100, 0, 1) };
  return { tenant, matchers, from: start, to: end + 1 };
}

/** Matchers of a selector; a name before its braces is a profile type. */
function matchersOf(selector: string): LabelMatcher[] {
  const { name, matchers } = parseSelector(selector);
  const type: LabelMatcher[] =
    name === undefined ? [] : [{ name: "__profile_type__", operator: "=", value: parseProfileType(name).id }];
  return [...type, ...matchers];
}

/** What the limit of nodes hides, in words. */
function cutNotes({ leftOut, ...tree }: { readonly leftOut: LeftOut } & (MergedTree | MergedPair)): string[] {
  if (leftOut.nodes === 0) return [];
  const everything = "total" in tree ? tree.total[0]! : Math.max(tree.left.total[0]!, tree.right.total[0]!);
  const share = ((leftOut.weight / everything) * 100).toFixed(2);
  return [
    `${leftOut.nodes} light nodes, ${share} % of the weight, are gathered as "other"; a higher max_nodes shows them`,
  ];
}

function spanId(text: string): bigint {
  if (!/^[0-9a-fA-F]{16}$/.test(text)) {
    throw new QueryError(
      "invalid",
      `${JSON.stringify(text.slice(0, 80))} is not a span id: 16 hexadecimal digits`,
    );
  }
  return BigInt(`0x${text}`);
}

function profileId(text: string): string {
  if (!/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text)) {
    throw new QueryError("invalid", `${JSON.stringify(text.slice(0, 80))} is not a profile id: a UUID`);
  }
  return text.toLowerCase();
}

function keep({ stacks, values }: WeightedStacks, wanted: (stack: number) => boolean): WeightedStacks {
  const rows: number[] = [];
  for (let i = 0; i < stacks.length; i++) if (wanted(stacks[i]!)) rows.push(i);
  return {
    stacks: Int32Array.from(rows, (i) => stacks[i]!),
    values: Float64Array.from(rows, (i) => values[i]!),
  };
}
