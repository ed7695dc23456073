import { AsyncLocalStorage } from "node:async_hooks";
import type { Caller } from "../caller.ts";
import { bodyTooLarge, type Ledger, type MemoryBudget } from "../ops/budget.ts";
import type { Metrics } from "../ops/metrics.ts";
import type { ByteRates } from "../ops/rates.ts";
import type { TenantLimits } from "../ops/schema.ts";
import { Refusal } from "../refusal.ts";
import { counted, unpack, wholeBody } from "./body.ts";
import type { NodeRequest } from "./listener.ts";

/** What a body is expected to bring whose length nobody says. */
const UNKNOWN_LENGTH = 64 << 10;

/** The account of the request that code runs for: decompression within a protocol's library finds it here. */
export const ledgerOfCall: AsyncLocalStorage<Ledger> = new AsyncLocalStorage<Ledger>();

/** Lets bodies in within the bounds of memory, of their tenant, and of time. */
export class Bodies {
  readonly #budget: MemoryBudget;
  readonly #rates: ByteRates;
  readonly #limits: (tenant: string) => TenantLimits;
  readonly #seconds: number;
  readonly #metrics: Metrics;

  constructor(
    budget: MemoryBudget,
    rates: ByteRates,
    limits: (tenant: string) => TenantLimits,
    seconds: number,
    metrics: Metrics,
  ) {
    this.#budget = budget;
    this.#rates = rates;
    this.#limits = limits;
    this.#seconds = seconds;
    this.#metrics = metrics;
  }

  /** Runs `work` with an account that is closed afterwards. @throws Refusal 413, 429 before anything is read */
  async within<T>(
    request: NodeRequest,
    { tenant }: Caller,
    work: (ledger: Ledger) => Promise<T>,
  ): Promise<T> {
    const limits = this.#limits(tenant);
    const length = Number(request.headers["content-length"] ?? Number.NaN);
    if (length > limits.body) throw bodyTooLarge(limits.body);
    const expected = Number.isNaN(length) ? UNKNOWN_LENGTH : length;
    this.#rates.take(tenant, expected, limits);
    const ledger = await this.#budget.enter(expected, limits.body);
    try {
      return await ledgerOfCall.run(ledger, work, ledger);
    } finally {
      ledger.release();
    }
  }

  /** The chunks of a body, counted. */
  chunks(request: NodeRequest, ledger: Ledger): AsyncIterable<Uint8Array> {
    return counted(request, ledger, this.#seconds);
  }

  /** The whole body, with the compression that its head names or its first bytes show taken off. */
  async read(request: NodeRequest, caller: Caller, ledger: Ledger): Promise<Uint8Array> {
    return unpack((await this.readPacked(request, caller, ledger)).bytes, ledger);
  }

  /** The whole body as it came, and whether its head says that it is compressed. */
  async readPacked(
    request: NodeRequest,
    { tenant }: Caller,
    ledger: Ledger,
  ): Promise<{ readonly bytes: Uint8Array; readonly encoded: boolean }> {
    const encoding = request.headers["content-encoding"] ?? "identity";
    if (!/^(?:gzip|x-gzip|identity|)$/i.test(encoding)) {
      throw new Refusal(
        415,
        "unknown-encoding",
        `Content-Encoding ${encoding} is not supported: send gzip, or none`,
      );
    }
    const bytes = await wholeBody(this.chunks(request, ledger));
    this.#metrics.received(tenant, bytes.length);
    return { bytes, encoded: /gzip/i.test(encoding) };
  }
}
