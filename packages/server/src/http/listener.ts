import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer as createHttp, type Server as HttpServer, type RequestListener } from "node:http";
import {
  createServer as createHttp2,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { type AddressInfo, createServer as createTcp, type Socket, type Server as TcpServer } from "node:net";
import { FlambeauError } from "@flambeau/core";
import type { Address, Config } from "../ops/schema.ts";

/** A request and its answer, by HTTP/1.1 or HTTP/2. */
export type NodeRequest = IncomingMessage | Http2ServerRequest;
export type NodeResponse = ServerResponse | Http2ServerResponse;
export type Handler = (request: NodeRequest, response: NodeResponse) => void;

/** Milliseconds in which a connection must say something. */
const GREETING = 30_000;
/** Requests that one HTTP/2 connection may have in work. */
const STREAMS = 250;

/**
 * One port for HTTP/1.1 and HTTP/2. With TLS the client's ALPN says which; without it, the first bytes do: HTTP/2
 * begins with `PRI`, which is no method of HTTP/1.1 (gRPC's clients speak HTTP/2 at once, without an upgrade).
 */
export class Listener {
  readonly #server: TcpServer | Http2SecureServer;
  readonly #http1: HttpServer | undefined;
  readonly #sockets = new Set<Socket>();
  readonly #sessions = new Set<ServerHttp2Session>();

  constructor(handler: Handler, tls: Config["tls"]) {
    const watch = (server: Http2Server | Http2SecureServer): void => {
      server.on("session", (session: ServerHttp2Session) => {
        this.#sessions.add(session);
        session.on("close", () => this.#sessions.delete(session));
        session.on("error", () => session.destroy());
      });
      server.on("sessionError", () => undefined);
    };
    const settings = { settings: { maxConcurrentStreams: STREAMS, initialWindowSize: 1 << 20 } };
    if (tls !== undefined) {
      const files = { cert: readPem(tls.certificate), key: readPem(tls.key) };
      const secure = createSecureServer({ ...files, ...settings, allowHTTP1: true }, handler);
      watch(secure);
      this.#server = secure;
      this.#http1 = undefined;
    } else {
      const http1 = createHttp(
        { headersTimeout: GREETING, keepAliveTimeout: 75_000 },
        handler as RequestListener,
      );
      const http2 = createHttp2(settings, handler);
      watch(http2);
      // It never listens itself, but its watch over slow connections starts with this event.
      http1.emit("listening");
      this.#http1 = http1;
      this.#server = createTcp((socket) => sortOut(socket, http1, http2));
    }
    this.#server.on("connection", (socket: Socket) => {
      this.#sockets.add(socket);
      socket.setNoDelay(true);
      socket.on("close", () => this.#sockets.delete(socket));
    });
  }

  /** @throws FlambeauError io where the address cannot be used */
  listen({ host, port }: Address): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once("error", (cause: NodeJS.ErrnoException) => {
        const why = cause.code === "EADDRINUSE" ? "another program listens there" : cause.message;
        const hint =
          cause.code === "EADDRINUSE" ? "Choose another port: --listen 127.0.0.1:4041." : undefined;
        reject(
          new FlambeauError("io", `cannot listen on ${host}:${port}: ${why}`, {
            cause,
            ...(hint === undefined ? {} : { hint }),
          }),
        );
      });
      this.#server.listen(port, host, () => resolve(this.#server.address() as AddressInfo));
    });
  }

  /** Takes no more connections, lets requests end, and cuts off what is left after `seconds`. */
  async close(seconds: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    // Not listening itself, it only ends what is idle.
    this.#http1?.close();
    for (const session of this.#sessions) session.close();
    const idle = setInterval(() => this.#http1?.closeIdleConnections(), 100);
    const cut = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, seconds * 1000);
    await closed;
    clearInterval(idle);
    clearTimeout(cut);
  }
}

/** Hands a connection to whom its first bytes are for. */
function sortOut(socket: Socket, http1: HttpServer, http2: Http2Server): void {
  socket.setTimeout(GREETING, () => socket.destroy());
  socket.once("error", () => socket.destroy());
  socket.once("data", (first: Buffer) => {
    socket.pause();
    socket.setTimeout(0);
    socket.removeAllListeners("timeout");
    socket.unshift(first);
    const server = first.subarray(0, 3).toString("latin1") === "PRI" ? http2 : http1;
    server.emit("connection", socket);
    process.nextTick(() => socket.resume());
  });
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new FlambeauError("io", `the TLS file ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
}
