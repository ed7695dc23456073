import { type ElfSegment, elfSegments, FlambeauError, hasLostCode, parseElf } from "@flambeau/core";
import type { Store } from "../store/open.ts";
import type { StoreReads } from "../store/reads/reads.ts";
import { type Binary, placesAt } from "./binary.ts";
import { readBinaryAside } from "./binary-reader.ts";
import type { Debuginfod } from "./debuginfod.ts";
import type { SymbolLibrary } from "./library.ts";

/** What became of an uploaded binary. */
export interface Uploaded {
  readonly buildId: string;
  /** Functions it names. */
  readonly functions: number;
  /** Stretches of code of which it knows the line. */
  readonly lines: number;
  /** Addresses of samples taken so far that have a name now. */
  readonly resolved: number;
}

/** What the symboliser works with. */
export interface SymboliserDeps {
  readonly store: Pick<Store, "unresolved" | "addressesOf" | "writeSymbols" | "flush">;
  readonly catalog: Pick<StoreReads["catalog"], "tenantsWithNamelessFrames">;
  readonly library: SymbolLibrary;
  readonly debuginfod: Debuginfod;
  /** Called when a tenant's names have changed: what is kept in memory of them is old. */
  readonly changed: (tenant: string) => void;
  readonly log: (message: string) => void;
}

/** Gives names to the addresses of native frames, out of uploaded binaries and debuginfod, whenever those come. */
export class Symboliser {
  readonly #deps: SymboliserDeps;
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(deps: SymboliserDeps) {
    this.#deps = deps;
  }

  /** Looks for nameless addresses again and again. */
  start(every: number): void {
    const next = (): void => {
      this.#timer = setTimeout(() => {
        this.#work = this.resolveAll().finally(() => {
          if (!this.#stop.signal.aborted) next();
        });
      }, every);
      this.#timer.unref();
    };
    next();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    clearTimeout(this.#timer);
    await Promise.allSettled([this.#work]);
  }

  /**
   * Takes a binary, or its file of debug information, and names what it can.
   * @throws FlambeauError where it is no ELF file, has no build id or names no function
   */
  async upload(tenant: string, bytes: Uint8Array): Promise<Uploaded> {
    const binary = await readBinaryAside(bytes);
    const { functions, lines } = binary;
    const { buildId } = functions;
    if (buildId === "") {
      throw new FlambeauError("unsupported", "this binary has no build id, by which samples name it", {
        format: "elf",
        hint: "Link it with -Wl,--build-id.",
      });
    }
    if (functions.length === 0 && lines.start.length === 0) {
      throw new FlambeauError("unsupported", "this binary names no function: it is stripped", {
        format: "elf",
        hint: "Upload the file of debug information, or the binary before strip.",
      });
    }
    await this.#deps.library.put(tenant, binary);
    await this.#deps.store.flush();
    // Those that have a name by now too: this file may say more.
    const resolved = await this.#write(tenant, binary, await this.#deps.store.addressesOf(tenant, buildId));
    return { buildId, functions: functions.length, lines: lines.start.length, resolved };
  }

  /** One pass over the nameless addresses of all tenants. */
  async resolveAll(): Promise<void> {
    try {
      for (const tenant of await this.#deps.catalog.tenantsWithNamelessFrames()) {
        for (const { buildId, addresses } of await this.#deps.store.unresolved(tenant)) {
          if (this.#stop.signal.aborted) return;
          const binary = await this.#find(tenant, buildId);
          if (binary !== undefined) await this.#write(tenant, binary, addresses);
        }
      }
    } catch (error) {
      this.#deps.log(`names were not looked up: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #find(tenant: string, buildId: string): Promise<Binary | undefined> {
    const known = await this.#deps.library.get(tenant, buildId);
    if (known !== undefined || !this.#deps.debuginfod.enabled) return known;
    try {
      const bytes = await this.#deps.debuginfod.fetch(buildId, this.#stop.signal);
      if (bytes === undefined) return undefined;
      const { functions, lines } = await readBinaryAside(bytes, await this.#segmentsOf(buildId, bytes));
      const binary = { functions: { ...functions, buildId }, lines };
      await this.#deps.library.put(tenant, binary);
      return binary;
    } catch (error) {
      this.#deps.log(`debuginfod, ${buildId}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
  }

  /** Where the code lies, asked of the binary itself where its debug information does not say it. */
  async #segmentsOf(buildId: string, debug: Uint8Array): Promise<readonly ElfSegment[] | undefined> {
    if (!hasLostCode(parseElf(debug))) return undefined;
    const head = await this.#deps.debuginfod.head(buildId, this.#stop.signal);
    return head === undefined ? undefined : elfSegments(head);
  }

  /** Addresses that the binary does not know are written as such, so that they are not looked for for ever. */
  async #write(tenant: string, binary: Binary, addresses: readonly bigint[]): Promise<number> {
    if (addresses.length === 0) return 0;
    let named = 0;
    const found = addresses.map((address) => {
      const lines = placesAt(binary, address);
      if (lines !== undefined) named++;
      return { address, lines: lines ?? [] };
    });
    await this.#deps.store.writeSymbols(tenant, binary.functions.buildId, found);
    this.#deps.changed(tenant);
    return named;
  }
}
