import type { Port } from "../data/rpc.ts";

/**
 * What the page talks to where the browser refuses it a Worker (some do for pages from file://): the same
 * conversation, answered by this thread. Messages are copied as between threads, and each is a task of its own, so
 * that reading, which pauses every few milliseconds, lets the page live.
 */
export function localWorker(serve: (port: Port) => void): Worker {
  const { port1, port2 } = new MessageChannel();
  serve(port2 as unknown as Port);
  port1.start();
  port2.start();
  return port1 as unknown as Worker;
}
