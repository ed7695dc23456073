import type { FrameRow, SymbolLine } from "../../store/reads/frames.ts";
import { symbolKey } from "../../store/reads/frames.ts";
import type { StoreReads } from "../../store/reads/reads.ts";
import type { SampleFilter, StackSums } from "../../store/reads/stacks.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import { QueryError } from "../query-error.ts";
import { StackSpace, type StoredFrame, type WeightedStacks } from "../trees/stack-space.ts";
import { HotRows, type TimedStacks } from "./hot-rows.ts";

/** Selected stacks, and the space that knows what they are. */
export interface SelectedStacks {
  readonly space: StackSpace;
  readonly parts: readonly WeightedStacks[];
}

/** How stacks are to be added up. */
export interface SelectOptions extends SampleFilter {
  /** Mean over the profiles of a series instead of their sum: see {@link import("../selectors/profile-type.ts").isGauge}. */
  readonly average?: boolean;
}

/** Limits of what is kept in memory between queries. */
export interface StackCacheLimits {
  /** Tree nodes of all tenants; about 40 bytes each. */
  readonly nodes: number;
  /** New distinct stacks of one query; about a kilobyte each while it runs. */
  readonly stacks: number;
  /** Samples of selections that are asked for again and again; 16 bytes each. */
  readonly rows: number;
}

const DEFAULT_LIMITS: StackCacheLimits = { nodes: 6_000_000, stacks: 500_000, rows: 8_000_000 };

/** Selects stacks, and keeps what they are made of between queries. */
export class TenantStacks {
  readonly #reads: StoreReads;
  readonly #limits: StackCacheLimits;
  /** Least recently asked first. */
  readonly #tenants = new Map<string, Tenant>();

  constructor(reads: StoreReads, limits: StackCacheLimits = DEFAULT_LIMITS) {
    this.#reads = reads;
    this.#limits = limits;
  }

  /** The stacks of a selection with their weights. */
  async select(selection: TypedSelection, options: SelectOptions = {}): Promise<SelectedStacks> {
    const tenant = this.#tenant(selection.tenant);
    const plain = options.average !== true && options.spans === undefined && options.profiles === undefined;
    if (plain) {
      const hot = tenant.hot.lookUp(selection);
      if (hot !== undefined) return { space: tenant.space, parts: hot };
    }
    const sums = await this.#sums(selection, options);
    const part = rowsOf(tenant.space, sums);
    await this.#learn(tenant.space, selection, part.stacks);
    if (plain && tenant.hot.wants(selection)) void this.#warm(tenant, selection);
    return { space: tenant.space, parts: [part] };
  }

  /** Keeps a tenant's space through several selections, so that their stacks have the same rows. */
  async keeping<T>(tenant: string, work: () => Promise<T>): Promise<T> {
    this.#tenant(tenant).kept++;
    try {
      return await work();
    } finally {
      const kept = this.#tenants.get(tenant);
      if (kept !== undefined) kept.kept--;
    }
  }

  /** The single samples of a selection, for sums over time. */
  async samples(
    selection: TypedSelection,
  ): Promise<{ readonly space: StackSpace; readonly rows: TimedStacks }> {
    const { space } = this.#tenant(selection.tenant);
    const rows = await this.#reads.stacks.rows(selection);
    const part = rowsOf(space, rows);
    await this.#learn(space, selection, part.stacks);
    return { space, rows: { ...part, times: rows.times } };
  }

  /** Forgets what a tenant's stacks are: after symbols came in, or data was deleted. */
  forget(tenant: string): void {
    this.#tenants.delete(tenant);
  }

  #sums(selection: TypedSelection, options: SelectOptions): Promise<StackSums> {
    const { stacks } = this.#reads;
    if (options.spans !== undefined || options.profiles !== undefined)
      return stacks.filtered(selection, options);
    return options.average === true ? stacks.averages(selection) : stacks.sums(selection);
  }

  #tenant(name: string): Tenant {
    let tenant = this.#tenants.get(name);
    this.#tenants.delete(name);
    if (tenant === undefined || (tenant.kept === 0 && tenant.space.size > this.#limits.nodes)) {
      tenant = { space: new StackSpace(), hot: new HotRows(this.#limits.rows), kept: 0 };
    }
    this.#tenants.set(name, tenant);
    this.#makeRoom(tenant);
    return tenant;
  }

  /** Drops the tenants that were not asked for the longest, until the nodes of all fit. */
  #makeRoom(keep: Tenant): void {
    let nodes = 0;
    for (const { space } of this.#tenants.values()) nodes += space.size;
    for (const [name, tenant] of this.#tenants) {
      if (nodes <= this.#limits.nodes || tenant === keep) break;
      if (tenant.kept > 0) continue;
      nodes -= tenant.space.size;
      this.#tenants.delete(name);
    }
  }

  /** Asks the store for the frames of stacks that the space does not know yet. */
  async #learn(space: StackSpace, selection: TypedSelection, rows: Int32Array): Promise<void> {
    const unknown = space.unknownStacks(rows);
    if (unknown.length === 0) return;
    if (unknown.length > this.#limits.stacks) {
      throw new QueryError(
        "unsupported",
        `${unknown.length} distinct stacks are too many for one flame graph; at most ${this.#limits.stacks}: narrow the range or the selector`,
      );
    }
    const { stacks, frames } = await this.#reads.frames.ofStacks(selection, unknown);
    const wanted = new Set<bigint>();
    for (const list of frames) for (const id of list) if (!space.knowsFrame(id)) wanted.add(id);
    const found = await this.#reads.frames.frames(selection.tenant, BigUint64Array.from(wanted));
    const symbols = await this.#reads.frames.symbols(selection.tenant, found);
    for (const row of found) space.defineFrame(row.id, partsOf(row, symbols));
    for (const id of wanted) if (!space.knowsFrame(id)) space.defineFrame(id, [lost("frame")]);
    for (let i = 0; i < stacks.length; i++) {
      if (!space.knowsStack(stacks[i]!)) space.defineStack(stacks[i]!, frames[i]!);
    }
    // A stack whose frames are gone from the store still weighs: it is shown as what it is.
    const missing = space.unknownStacks(rows);
    if (missing.length === 0) return;
    if (!space.knowsFrame(LOST_STACK)) space.defineFrame(LOST_STACK, [lost("stack")]);
    for (const id of missing) space.defineStack(id, [LOST_STACK]);
  }

  /** Loads the single samples of a selection that is asked for repeatedly; the next query needs no engine. */
  async #warm(tenant: Tenant, selection: TypedSelection): Promise<void> {
    const missing = tenant.hot.beginLoading(selection);
    if (missing === undefined) return;
    try {
      const wanted = { ...selection, ...missing };
      const { samples } = await this.#reads.catalog.cost(wanted);
      if (!tenant.hot.hasRoom(selection, samples)) return;
      const rows = await this.#reads.stacks.rows(wanted);
      const part = rowsOf(tenant.space, rows);
      await this.#learn(tenant.space, wanted, part.stacks);
      tenant.hot.put(wanted, { ...part, times: rows.times });
    } catch {
      // The engine is away: the query that follows says so; warming up is nobody's request.
    } finally {
      tenant.hot.endLoading(selection);
    }
  }
}

interface Tenant {
  readonly space: StackSpace;
  readonly hot: HotRows;
  /** Queries under way that need this very space. */
  kept: number;
}

/** Id of the frame that stands for a stack which the store has lost. */
const LOST_STACK = 0xffffffffffffffffn;

function lost(what: "frame" | "stack"): StoredFrame {
  const name = `[${what} not in the store]`;
  return {
    name,
    file: "",
    line: 0,
    column: 0,
    mapping: "",
    buildId: "",
    address: 0n,
    kind: 0,
    inlined: false,
  };
}

function rowsOf(space: StackSpace, { stacks, values }: StackSums): WeightedStacks {
  const halves = new Int32Array(stacks.buffer, stacks.byteOffset, stacks.length * 2);
  const rows = new Int32Array(stacks.length);
  for (let i = 0; i < rows.length; i++) rows[i] = space.stackRow(halves[i * 2]!, halves[i * 2 + 1]!);
  return { stacks: rows, values };
}

/** A stored frame, or the functions that late symbols tell of at its address, outermost first. */
function partsOf(row: FrameRow, symbols: ReadonlyMap<string, readonly SymbolLine[]>): StoredFrame[] {
  const base: StoredFrame = { ...row, kind: row.kind as StoredFrame["kind"] };
  const lines = row.name === "" ? symbols.get(symbolKey(row.buildId, row.address)) : undefined;
  if (lines === undefined || lines.length === 0) return [base];
  return lines.map((line, i) => ({ ...base, ...line, inlined: i < lines.length - 1 })).reverse();
}
