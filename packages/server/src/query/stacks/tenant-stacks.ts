import type { StoreReads } from "../../store/reads/reads.ts";
import type { SampleFilter, StackSums } from "../../store/reads/stacks.ts";
import type { TypedSelection } from "../../store/reads/where.ts";
import type { WrittenRange } from "../../store/store.ts";
import type { WeightedStacks } from "../trees/path-sums.ts";
import { type PathKind, StackSpace, UNKNOWN_STACK } from "../trees/stack-space.ts";
import { HotRows, type TimedStacks } from "./hot-rows.ts";
import { countUnknown, learn } from "./learn.ts";

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

/** What is kept in memory between queries. */
export interface QueryMemory {
  /** Bytes for what stacks are, of all tenants. A single tree may take as much again while it is made. */
  readonly pathBytes: number;
  /** Bytes for samples of selections that are asked for again and again. */
  readonly rowBytes: number;
  /** Whether others write to the same store, of which nobody tells. */
  readonly shared: boolean;
}

export const DEFAULT_MEMORY: QueryMemory = { pathBytes: 256 << 20, rowBytes: 128 << 20, shared: false };

/** What a new stack takes, roughly: for the question whether all of a query will fit. */
const STACK_BYTES = 180;
/** A sample by itself, and its share in the sums. */
const ROW_BYTES = 24;

/** Selects stacks, and keeps what they are made of between queries. */
export class TenantStacks {
  readonly #reads: StoreReads;
  readonly memory: QueryMemory;
  /** Least recently asked first. */
  readonly #tenants = new Map<string, Tenant>();

  constructor(reads: StoreReads, memory: QueryMemory) {
    this.#reads = reads;
    this.memory = memory;
  }

  /** The stacks of a selection with their weights; undefined where they do not fit into memory. */
  async select(
    kind: PathKind,
    selection: TypedSelection,
    options: SelectOptions = {},
  ): Promise<SelectedStacks | undefined> {
    const plain =
      kind === "names" &&
      options.average !== true &&
      options.spans === undefined &&
      options.profiles === undefined;
    if (plain) {
      const hot = await this.#fromMemory(selection);
      if (hot !== undefined) return hot;
    }
    const sums = await this.sums(selection, options);
    const known = await this.#known(kind, selection, sums.stacks);
    if (known === undefined) return undefined;
    const { tenant, nodes } = known;
    if (plain && tenant.hot.wants(selection)) void this.#warm(tenant, selection);
    return { space: tenant.space, parts: [{ stacks: nodes, values: sums.values }] };
  }

  /** Keeps a tenant's space through several selections, so that their stacks are in the same one. */
  async keeping<T>(name: string, work: () => Promise<T>): Promise<T> {
    const tenant = this.#tenant(name);
    tenant.kept++;
    try {
      return await work();
    } finally {
      tenant.kept--;
    }
  }

  /** The single samples of a selection, for sums over time; undefined where they do not fit into memory. */
  async samples(
    selection: TypedSelection,
  ): Promise<{ readonly space: StackSpace; readonly rows: TimedStacks } | undefined> {
    const { stacks, values, times } = await this.#reads.stacks.rows(selection);
    const known = await this.#known("names", selection, stacks);
    if (known === undefined) return undefined;
    return { space: known.tenant.space, rows: { stacks: known.nodes, values, times } };
  }

  /** Sums by stack, from the engine. */
  sums(selection: TypedSelection, options: SelectOptions): Promise<StackSums> {
    const { stacks } = this.#reads;
    if (options.spans !== undefined || options.profiles !== undefined)
      return stacks.filtered(selection, options);
    return options.average === true ? stacks.averages(selection) : stacks.sums(selection);
  }

  /** Takes note that samples came in. */
  changed(range: WrittenRange): void {
    this.#tenants.get(range.tenant)?.hot.changed(range);
  }

  /** Forgets what a tenant's stacks are: after symbols came in, or data was deleted. Without a tenant: all. */
  forget(tenant?: string): void {
    if (tenant === undefined) this.#tenants.clear();
    else this.#tenants.delete(tenant);
  }

  /** What memory holds of a selection, after reading the little that is missing. */
  async #fromMemory(selection: TypedSelection): Promise<SelectedStacks | undefined> {
    const tenant = this.#tenant(selection.tenant);
    const first = tenant.hot.lookUp(selection);
    if (first === undefined || !first.quick) return undefined;
    if (first.missing === undefined) return { space: tenant.space, parts: first.parts ?? [] };
    await this.#read(tenant, selection, false);
    const parts = tenant.hot.lookUp(selection)?.parts;
    return parts === undefined ? undefined : { space: tenant.space, parts };
  }

  /** The nodes of stacks, after asking the store for those that are new; undefined where they do not fit. */
  async #known(
    kind: PathKind,
    selection: TypedSelection,
    ids: BigUint64Array,
  ): Promise<{ readonly tenant: Tenant; readonly nodes: Int32Array } | undefined> {
    let tenant = this.#tenant(selection.tenant);
    let nodes = tenant.space.nodesOf(kind, ids);
    if (!nodes.includes(UNKNOWN_STACK)) return { tenant, nodes };
    if (!this.#fits(tenant, ids, nodes) && tenant.kept === 0) {
      tenant = this.#renew(selection.tenant);
      nodes = tenant.space.nodesOf(kind, ids);
    }
    if (!this.#fits(tenant, ids, nodes)) return undefined;
    nodes = await learn(this.#reads.frames, tenant.space, kind, selection, ids, nodes);
    return { tenant, nodes };
  }

  /** True where there is room for the stacks that a tenant's space does not know yet. */
  #fits({ space }: Tenant, ids: BigUint64Array, nodes: Int32Array): boolean {
    const room = this.memory.pathBytes - space.bytes;
    // An id may occur more than once: they are told apart where that matters.
    return nodes.length * STACK_BYTES <= room || countUnknown(ids, nodes) * STACK_BYTES <= room;
  }

  #tenant(name: string): Tenant {
    const tenant = this.#tenants.get(name);
    if (tenant === undefined) return this.#renew(name);
    this.#tenants.delete(name);
    this.#tenants.set(name, tenant);
    this.#makeRoom(tenant);
    return tenant;
  }

  #renew(name: string): Tenant {
    const { rowBytes, shared } = this.memory;
    const tenant = { space: new StackSpace(), hot: new HotRows(rowBytes / ROW_BYTES, shared), kept: 0 };
    this.#tenants.delete(name);
    this.#tenants.set(name, tenant);
    return tenant;
  }

  /** Drops the tenants that were not asked for the longest, until the paths of all fit. */
  #makeRoom(keep: Tenant): void {
    let bytes = 0;
    for (const { space } of this.#tenants.values()) bytes += space.bytes;
    for (const [name, tenant] of this.#tenants) {
      if (bytes <= this.memory.pathBytes || tenant === keep) break;
      if (tenant.kept > 0) continue;
      bytes -= tenant.space.bytes;
      this.#tenants.delete(name);
    }
  }

  /** Loads the single samples of a selection that is asked for repeatedly; the next query needs no engine. */
  async #warm(tenant: Tenant, selection: TypedSelection): Promise<void> {
    try {
      await this.#read(tenant, selection, true);
    } catch {
      // The engine is away: the query that follows says so; warming up is nobody's request.
    }
  }

  /** @param count whether to ask first how many samples they are */
  #read(tenant: Tenant, selection: TypedSelection, count: boolean): Promise<void> {
    return tenant.hot.load(selection, async (missing) => {
      const wanted = { ...selection, ...missing };
      if (count) {
        const { samples } = await this.#reads.catalog.cost(wanted);
        if (!tenant.hot.hasRoom(selection, samples)) return undefined;
      }
      const { stacks, values, times } = await this.#reads.stacks.rows(wanted);
      const known = await this.#known("names", wanted, stacks);
      if (known?.tenant !== tenant || !tenant.hot.hasRoom(selection, stacks.length)) return undefined;
      return { stacks: known.nodes, values, times };
    });
  }
}

interface Tenant {
  readonly space: StackSpace;
  readonly hot: HotRows;
  /** Queries under way that need this very space. */
  kept: number;
}
