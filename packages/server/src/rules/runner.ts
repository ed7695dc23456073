import type { Queries } from "../query/queries.ts";
import { type Measured, measure } from "./measure.ts";
import type { Rule } from "./rule.ts";
import { type Alert, sendAlert } from "./webhook.ts";

/** How a rule stands. */
export interface RuleState {
  readonly rule: Rule;
  /** The last value; undefined before the first, and where the selection weighed nothing. */
  readonly value: Measured;
  /** `pending`: past the threshold, but not yet for long enough. */
  readonly status: "inactive" | "pending" | "firing";
  /** When the threshold was passed, milliseconds since the Unix epoch. */
  readonly since: number | undefined;
  /** When it was measured last. */
  readonly measured: number | undefined;
  /** Why the last measurement or message failed. */
  readonly error: string | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What the runner needs of its surroundings. */
export interface RunnerOptions {
  readonly now?: () => number;
  readonly send?: (alert: Alert, signal: AbortSignal) => Promise<void>;
  readonly log?: (message: string) => void;
}

/** Measures rules, each at its own pace, and tells webhooks when one begins or ceases to fire. */
export class RuleRunner {
  readonly #queries: Queries;
  readonly #states: Mutable<RuleState>[];
  readonly #now: () => number;
  readonly #send: NonNullable<RunnerOptions["send"]>;
  readonly #log: (message: string) => void;
  readonly #stop = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #messages = new Set<Promise<void>>();

  constructor(queries: Queries, rules: readonly Rule[], options: RunnerOptions = {}) {
    this.#queries = queries;
    this.#states = rules.map((rule) => ({
      rule,
      value: undefined,
      status: "inactive",
      since: undefined,
      measured: undefined,
      error: undefined,
    }));
    this.#now = options.now ?? Date.now;
    this.#send = options.send ?? sendAlert;
    this.#log = options.log ?? (() => {});
  }

  states(): readonly RuleState[] {
    return this.#states;
  }

  /** Begins to measure; rules with the same pace are spread over it. */
  start(): void {
    this.#states.forEach((state, i) => {
      this.#later(state, (state.rule.every * i) / this.#states.length);
    });
  }

  /** Stops measuring; resolves when the last messages are sent or given up. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const timer of this.#timers) clearTimeout(timer);
    await Promise.allSettled(this.#messages);
  }

  /** Measures every rule once. */
  async measureAll(): Promise<void> {
    for (const state of this.#states) await this.#measure(state);
    await Promise.allSettled(this.#messages);
  }

  #later(state: Mutable<RuleState>, delay: number): void {
    const timer = setTimeout(async () => {
      this.#timers.delete(timer);
      await this.#measure(state);
      if (!this.#stop.signal.aborted) this.#later(state, state.rule.every);
    }, delay);
    timer.unref();
    this.#timers.add(timer);
  }

  async #measure(state: Mutable<RuleState>): Promise<void> {
    const now = this.#now();
    try {
      state.value = await measure(this.#queries, state.rule, now);
      state.error = undefined;
    } catch (error) {
      // An answer that fails changes no status: an alert does not end because the engine is away.
      state.error = error instanceof Error ? error.message : String(error);
      this.#log(`rule ${state.rule.name}: ${state.error}`);
      return;
    }
    state.measured = now;
    this.#judge(state, now);
  }

  #judge(state: Mutable<RuleState>, now: number): void {
    const { rule, value } = state;
    if (!isPast(rule, value)) {
      const fired = state.status === "firing";
      const since = state.since;
      state.status = "inactive";
      state.since = undefined;
      if (fired) this.#tell({ rule, status: "resolved", value, startsAt: since!, endsAt: now });
      return;
    }
    state.since ??= now;
    if (now - state.since < (rule.for ?? 0)) {
      state.status = "pending";
    } else if (state.status !== "firing") {
      state.status = "firing";
      this.#tell({ rule, status: "firing", value, startsAt: state.since, endsAt: undefined });
    }
  }

  #tell(alert: Alert): void {
    this.#log(`rule ${alert.rule.name} is ${alert.status}: ${alert.value}`);
    if (alert.rule.webhook === undefined) return;
    const message = this.#send(alert, this.#stop.signal).catch((error: unknown) => {
      const state = this.#states.find(({ rule }) => rule === alert.rule)!;
      state.error = error instanceof Error ? error.message : String(error);
      this.#log(state.error);
    });
    this.#messages.add(message);
    void message.finally(() => this.#messages.delete(message));
  }
}

/** True where a value has passed the rule's threshold; a rule without one never does. */
function isPast(rule: Rule, value: Measured): boolean {
  if (value === undefined) return false;
  return (rule.above !== undefined && value > rule.above) || (rule.below !== undefined && value < rule.below);
}
