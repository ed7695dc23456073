import type { Profile } from "@flambeau/core";
import type { StoreReads } from "../store/reads/reads.ts";
import type { TypedSelection } from "../store/reads/where.ts";
import type { LabelMatcher, Selection, WrittenRange } from "../store/store.ts";
import { QueryError } from "./query-error.ts";
import { parseSelector } from "./selectors/parse.ts";
import { isGauge, type ProfileTypeParts, parseProfileType } from "./selectors/profile-type.ts";
import { type StreamedSide, streamed } from "./stacks/streamed.ts";
import {
  DEFAULT_MEMORY,
  type QueryMemory,
  type SelectedStacks,
  type SelectOptions,
  TenantStacks,
} from "./stacks/tenant-stacks.ts";
import { mergedProfile } from "./trees/merged-profile.ts";
import { type LeftOut, MOST_NODES } from "./trees/node-limit.ts";
import type { MergedPair, MergedTree, WeightedStacks } from "./trees/path-sums.ts";
import type { PathKind } from "./trees/stack-space.ts";

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

/** Stacks merged by function name, and what they are of. */
export interface TreeAnswer {
  readonly tree: MergedTree;
  readonly type: ProfileTypeParts;
  /** What whoever sees the numbers must know. */
  readonly notes: readonly string[];
}

/** What a query means to the store. */
interface Meant {
  readonly type: ProfileTypeParts;
  readonly selection: TypedSelection;
  readonly options: SelectOptions;
  readonly callSite: readonly string[];
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

  constructor(reads: StoreReads, memory: QueryMemory = DEFAULT_MEMORY) {
    this.reads = reads;
    this.#stacks = new TenantStacks(reads, memory);
  }

  /** Stacks merged by function name: the `nodes` heaviest nodes. Gauges are averaged, and a note says so. */
  async tree(query: StackQuery, nodes: number = MOST_NODES): Promise<TreeAnswer> {
    const meant = meaningOf(query);
    const selected = await this.#select("names", meant);
    const tree =
      selected === undefined
        ? await this.#streamedTree(meant, nodes)
        : selected.space.mergeByName(selected.parts, nodes);
    return { tree, type: meant.type, notes: [...meant.notes, ...cutNotes(tree)] };
  }

  /** Two queries of one tenant side by side, merged by function name. */
  async pair(left: StackQuery, right: StackQuery, nodes: number): Promise<PairAnswer> {
    const [base, head] = [meaningOf(left), meaningOf(right)];
    let pair = await this.#pairInMemory(base, head, nodes);
    if (pair === undefined) {
      // Other queries' stacks may take the room.
      this.#stacks.forget(left.tenant);
      pair = (await this.#pairInMemory(base, head, nodes)) ?? (await this.#streamedPair(base, head, nodes));
    }
    const notes = new Set([...base.notes, ...head.notes, ...cutNotes(pair)]);
    return { pair, type: base.type, notes: [...notes] };
  }

  #pairInMemory(base: Meant, head: Meant, nodes: number): Promise<MergedPair | undefined> {
    return this.#stacks.keeping(base.selection.tenant, async () => {
      const [left, right] = await Promise.all([this.#select("names", base), this.#select("names", head)]);
      if (left === undefined || right === undefined) return undefined;
      return left.space.mergePairByName(left.parts, right.parts, nodes);
    });
  }

  async #streamedTree(meant: Meant, nodes: number): Promise<MergedTree> {
    const { rounds, space } = await streamed(
      this.reads,
      [this.#side(meant)],
      nodes,
      this.#stacks.memory.pathBytes / 2,
    );
    return rounds.tree(space.names);
  }

  async #streamedPair(base: Meant, head: Meant, nodes: number): Promise<MergedPair> {
    const sides = [this.#side(base), this.#side(head)] as const;
    const { rounds, space } = await streamed(this.reads, sides, nodes, this.#stacks.memory.pathBytes / 2);
    return rounds.pair(space.names);
  }

  #side({ selection, options, callSite }: Meant): StreamedSide {
    return { selection, callSite, sums: (part) => this.#stacks.sums(part, options) };
  }

  async #select(
    kind: PathKind,
    { selection, options, callSite }: Meant,
  ): Promise<SelectedStacks | undefined> {
    const selected = await this.#stacks.select(kind, selection, options);
    if (selected === undefined || callSite.length === 0) return selected;
    const wanted = selected.space.startsWith(kind, callSite);
    return { ...selected, parts: selected.parts.map((part) => keep(part, wanted)) };
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
    const found = await this.#stacks.samples(selection);
    if (found === undefined) throw tooManyStacks("samples of a call site");
    const { space, rows } = found;
    const wanted = space.startsWith("names", query.callSite ?? []);
    const times: number[] = [];
    const values: number[] = [];
    rows.stacks.forEach((stack, i) => {
      if (!wanted(stack)) return;
      times.push(rows.times[i]!);
      values.push(rows.values[i]!);
    });
    return { times: Uint32Array.from(times), values: Float64Array.from(values) };
  }

  /**
   * Stacks as a profile of the core, with files and lines.
   * @throws QueryError where they do not fit into memory: the answer would not, either
   */
  async profile(query: StackQuery): Promise<Profile> {
    const meant = meaningOf(query);
    const selected = await this.#select("frames", meant);
    if (selected === undefined) throw tooManyStacks("whole profile");
    return mergedProfile(selected.space, selected.parts, {
      type: meant.type,
      from: query.start,
      to: query.end,
    });
  }

  /** Takes note of samples that can be queried from now on; without them: that anything may have changed. */
  changed(written: readonly WrittenRange[] | undefined): void {
    if (written === undefined) this.#stacks.forget();
    else for (const range of written) this.#stacks.changed(range);
  }

  /** Forgets what was kept in memory of a tenant: after symbols came in, or data was deleted. */
  forget(tenant: string): void {
    this.#stacks.forget(tenant);
  }
}

function meaningOf(query: StackQuery): Meant {
  const type = parseProfileType(query.type);
  const selection: TypedSelection = { ...selectionOf(query, query.selector), type: type.id };
  const gauge = isGauge(type) && query.spans === undefined && query.profiles === undefined;
  const options: SelectOptions = {
    average: gauge,
    ...(query.spans === undefined ? {} : { spans: query.spans.map(spanId) }),
    ...(query.profiles === undefined ? {} : { profiles: query.profiles.map(profileId) }),
  };
  const notes = gauge
    ? [
        `${type.sampleType} exists rather than happens: the mean of each series' profiles is shown, not their sum`,
      ]
    : [];
  return { type, selection, options, callSite: query.callSite ?? [], notes };
}

function tooManyStacks(answer: string): QueryError {
  return new QueryError(
    "unsupported",
    `the stacks of this ${answer} do not fit into the memory for queries (queryMemory): narrow the range or the selector`,
  );
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

/** What the limit of nodes hides, and what doubles do, in words. */
function cutNotes({ leftOut, ...tree }: { readonly leftOut: LeftOut } & (MergedTree | MergedPair)): string[] {
  const everything = "total" in tree ? tree.total[0]! : Math.max(tree.left.total[0]!, tree.right.total[0]!);
  const notes: string[] = [];
  if (everything > Number.MAX_SAFE_INTEGER) {
    notes.push("the weights add up to more than 2^53: they are right to 15 digits");
  }
  if (leftOut.nodes > 0) {
    const share = ((leftOut.weight / everything) * 100).toFixed(2);
    notes.push(
      `${leftOut.atLeast === true ? "at least " : ""}${leftOut.nodes} light nodes, ${share} % of the weight, are gathered as "other"; a higher max_nodes shows them`,
    );
  }
  return notes;
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
