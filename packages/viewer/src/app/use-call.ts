import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import type { Method, Params, Result } from "../data/protocol.ts";
import { CancelledError } from "../data/rpc.ts";
import type { Store } from "./store.ts";

/** An answer of the worker: the last one stays while the next is on its way. */
export interface Answer<T> {
  readonly value: T | undefined;
  readonly error: Error | undefined;
  readonly pending: boolean;
}

const NOTHING = { value: undefined, error: undefined, pending: false };

/** Asks the worker whenever the parameters change; what is not wanted any more is cancelled. */
export function useCall<M extends Method>(
  store: Store,
  method: M,
  params: Params<M> | undefined,
): ReadonlySignal<Answer<Result<M>>> {
  const answer = useSignal<Answer<Result<M>>>(params === undefined ? NOTHING : { ...NOTHING, pending: true });
  const latest = useRef(params);
  latest.current = params;
  const key = params === undefined ? undefined : JSON.stringify(params);
  useEffect(() => {
    if (key === undefined) {
      answer.value = NOTHING;
      return;
    }
    const controller = new AbortController();
    const { signal } = controller;
    answer.value = { ...answer.peek(), pending: true };
    store.client
      .call(method, latest.current!, { signal })
      .then((value) => {
        if (!signal.aborted) answer.value = { value, error: undefined, pending: false };
      })
      .catch((error: unknown) => {
        if (error instanceof CancelledError || signal.aborted) return;
        answer.value = { value: undefined, error: error as Error, pending: false };
      });
    return () => controller.abort();
  }, [key]);
  return answer;
}
