import type { Method, Params, Result } from "./protocol.ts";
import { CancelledError, errorOfWire, type Port, type Progress, type Request, type Response } from "./rpc.ts";

/** What may be said with a call. */
export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
  /** Buffers of the parameters to hand over instead of copying. */
  readonly transfer?: ArrayBuffer[];
}

interface Pending {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: ((progress: Progress) => void) | undefined;
}

/** Talks to the worker that holds the profiles: each method of {@link Method} is a call with an answer. */
export class DataClient {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  #next = 1;

  constructor(port: Port) {
    this.#port = port;
    port.addEventListener("message", (event) => this.#receive(event.data as Response));
  }

  /** Calls the worker. Rejects with the worker's error, or with CancelledError once `signal` is aborted. */
  call<M extends Method>(method: M, params: Params<M>, options: CallOptions = {}): Promise<Result<M>> {
    const { signal } = options;
    if (signal?.aborted === true) return Promise.reject(new CancelledError());
    const id = this.#next++;
    return new Promise<Result<M>>((resolve, reject) => {
      this.#pending.set(id, {
        resolve: resolve as (value: unknown) => void,
        reject,
        onProgress: options.onProgress,
      });
      signal?.addEventListener("abort", () => this.#cancel(id), { once: true });
      this.#send({ id, method, params }, options.transfer);
    });
  }

  /** Fails every open call: for when the worker broke down. */
  fail(error: Error): void {
    const open = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of open) pending.reject(error);
  }

  #cancel(id: number): void {
    const pending = this.#pending.get(id);
    if (pending === undefined) return;
    this.#pending.delete(id);
    this.#send({ cancel: id });
    pending.reject(new CancelledError());
  }

  #receive(response: Response): void {
    const pending = this.#pending.get(response.id);
    if (pending === undefined) return;
    if ("progress" in response) {
      pending.onProgress?.(response.progress);
      return;
    }
    this.#pending.delete(response.id);
    if ("value" in response) pending.resolve(response.value);
    else if ("error" in response) pending.reject(errorOfWire(response.error));
    else pending.reject(new CancelledError());
  }

  #send(request: Request, transfer: ArrayBuffer[] = []): void {
    this.#port.postMessage(request, transfer);
  }
}
