import { Session } from "node:inspector/promises";

/** Milliseconds that one profile of this process covers. */
const WINDOW = 15_000;
/** Microseconds between two samples: seldom enough to cost nothing that can be noticed. */
const INTERVAL = 10_000;

/** Takes a CPU profile in V8's own format, and when it was taken, in milliseconds since the Unix epoch. */
export type TakeProfile = (cpuprofile: Uint8Array, from: number, until: number) => Promise<void>;

/** Profiles this process without end, one profile after the other. */
export class SelfProfiler {
  readonly #take: TakeProfile;
  readonly #failed: (error: unknown) => void;
  readonly #window: number;
  readonly #session = new Session();
  #timer: NodeJS.Timeout | undefined;
  #since = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(take: TakeProfile, failed: (error: unknown) => void, window: number = WINDOW) {
    this.#take = take;
    this.#failed = failed;
    this.#window = window;
  }

  async start(): Promise<void> {
    this.#session.connect();
    await this.#session.post("Profiler.enable");
    await this.#session.post("Profiler.setSamplingInterval", { interval: INTERVAL });
    await this.#begin();
  }

  /** Hands the last profile on. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#running;
    await this.#hand();
    this.#session.disconnect();
  }

  async #begin(): Promise<void> {
    this.#since = Date.now();
    await this.#session.post("Profiler.start");
    this.#timer = setTimeout(() => {
      this.#running = this.#hand().then(() => this.#begin());
    }, this.#window);
    this.#timer.unref();
  }

  async #hand(): Promise<void> {
    try {
      const { profile } = await this.#session.post("Profiler.stop");
      await this.#take(Buffer.from(JSON.stringify(profile)), this.#since, Date.now());
    } catch (error) {
      this.#failed(error);
    }
  }
}
