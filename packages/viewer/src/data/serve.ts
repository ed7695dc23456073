import { createHandlers, type Handlers } from "./handlers.ts";
import type { Method } from "./protocol.ts";
import { CancelledError, type Port, type Request, type Response, wireError } from "./rpc.ts";

/** Answers calls that come in on a port: a Worker's own scope, or one end of a MessageChannel. */
export function serveData(port: Port, handlers: Handlers = createHandlers()): void {
  const running = new Map<number, AbortController>();

  port.addEventListener("message", ({ data }) => {
    const request = data as Request;
    if ("cancel" in request) running.get(request.cancel)?.abort();
    else void answer(request.id, request.method, request.params);
  });

  async function answer(id: number, method: string, params: unknown): Promise<void> {
    const controller = new AbortController();
    running.set(id, controller);
    const send = (response: Response, transfer: ArrayBuffer[] = []): void =>
      port.postMessage(response, transfer);
    try {
      if (!Object.hasOwn(handlers, method)) throw new Error(`there is no method ${method}`);
      const handler = handlers[method as Method] as (
        params: unknown,
        context: object,
      ) => Promise<{ value: unknown; transfer: ArrayBuffer[] }>;
      const { value, transfer } = await handler(params, {
        signal: controller.signal,
        progress: (progress: { done: number; total: number | undefined }) => send({ id, progress }),
      });
      if (controller.signal.aborted) send({ id, cancelled: true });
      else send({ id, value }, transfer);
    } catch (error) {
      if (error instanceof CancelledError) send({ id, cancelled: true });
      else send({ id, error: wireError(error) });
    } finally {
      running.delete(id);
    }
  }
}
