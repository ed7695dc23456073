import type { UniversalHandler } from "@connectrpc/connect/protocol";
import type { Caller, Role } from "../caller.ts";
import type { Authenticator } from "../ops/auth.ts";
import type { Metrics } from "../ops/metrics.ts";
import { Refusal } from "../refusal.ts";
import { type Answer, earlyAnswer, type Fault, faultAnswer, faultOf, isBug, notFound } from "./answer.ts";
import type { Bodies } from "./bodies.ts";
import type { PlainHandler } from "./call.ts";
import { type ConnectHandlers, serveConnect } from "./connect.ts";
import type { NodeRequest, NodeResponse } from "./listener.ts";
import type { RequestLog } from "./request-log.ts";

/** A route of plain HTTP: one method at one path. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  readonly path: string;
  /** What a token must allow; undefined: anybody may. */
  readonly role: Role | undefined;
  readonly handle: PlainHandler;
}

/** Everything that the front puts together. */
export interface FrontDeps {
  readonly basePath: string;
  readonly routes: readonly Route[];
  readonly connect: ConnectHandlers;
  readonly authenticator: Authenticator;
  readonly bodies: Bodies;
  readonly metrics: Metrics;
  readonly log: RequestLog;
}

/** Methods of Connect that write; all others ask. */
const WRITING =
  /^\/(?:push\.v1\.PusherService|opentelemetry\.proto\.collector\.profiles\.v1development\.ProfilesService)\//;
/** Clients keep the path of the address that they are given; Pyroscope's own documentation uses this one. */
const PYROSCOPE = "/pyroscope";
/** Milliseconds in which a client may go on sending a body that nobody wants. */
const LINGER = 10_000;

/** What is known of a request when something goes wrong. */
interface Known {
  readonly caller: Caller | undefined;
  readonly route: string;
  readonly isRpc: boolean;
}

type Target =
  | { readonly kind: "plain"; readonly route: Route }
  | { readonly kind: "connect"; readonly handler: UniversalHandler; readonly path: string };

/** Sends every request where it belongs, after finding out who sent it. */
export class Front {
  readonly #deps: FrontDeps;
  readonly #routes: ReadonlyMap<string, Route>;
  readonly #paths: ReadonlySet<string>;
  #inWork = 0;

  constructor(deps: FrontDeps) {
    this.#deps = deps;
    this.#routes = new Map(deps.routes.map((route) => [`${route.method} ${route.path}`, route]));
    this.#paths = new Set(deps.routes.map(({ path }) => path));
  }

  /** Requests that are being served. */
  get inWork(): number {
    return this.#inWork;
  }

  /** Serves one request; never throws. */
  async handle(request: NodeRequest, response: NodeResponse): Promise<void> {
    const start = performance.now();
    this.#inWork++;
    let route = "(none)";
    let caller: Caller | undefined;
    let isRpc = false;
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    try {
      const { path, query } = this.#split(request.url ?? "/");
      const target = this.#find(request.method ?? "", path);
      isRpc = target.kind === "connect";
      route = target.kind === "plain" ? target.route.path : target.path;
      caller = this.#authenticate(request, target);
      if (target.kind === "connect") {
        await serveConnect(target.handler, caller, this.#deps.bodies, request, response);
      } else {
        const { headers, method = "" } = request;
        const call = { request, response, method, path, query, headers, caller };
        send(request, response, await target.route.handle(call));
      }
    } catch (error) {
      this.#refuse(request, response, error, { caller, route, isRpc });
    } finally {
      this.#inWork--;
      const seconds = (performance.now() - start) / 1000;
      this.#deps.metrics.request(route, response.statusCode, seconds);
      this.#deps.log.debug(
        { route, status: response.statusCode, ms: Math.round(seconds * 1000), tenant: caller?.tenant },
        "request",
      );
    }
  }

  #split(url: string): { path: string; query: URLSearchParams } {
    const at = url.indexOf("?");
    const whole = at < 0 ? url : url.slice(0, at);
    const { basePath } = this.#deps;
    const path = basePath !== "" && whole.startsWith(`${basePath}/`) ? whole.slice(basePath.length) : whole;
    return { path, query: new URLSearchParams(at < 0 ? "" : url.slice(at + 1)) };
  }

  #find(method: string, path: string): Target {
    const { connect } = this.#deps;
    const inner = path.startsWith(`${PYROSCOPE}/`) ? path.slice(PYROSCOPE.length) : path;
    const handler = connect.get(path) ?? connect.get(inner);
    if (handler !== undefined) return { kind: "connect", handler, path: handler.requestPath };
    const asked = method === "HEAD" ? "GET" : method;
    const route = this.#routes.get(`${asked} ${path}`);
    if (route !== undefined) return { kind: "plain", route };
    if (!this.#paths.has(path)) throw notFound(path);
    throw new Refusal(405, "method-not-allowed", `${method.slice(0, 20)} is not possible at ${path}`);
  }

  #authenticate({ headers }: NodeRequest, target: Target): Caller {
    const role =
      target.kind === "plain" ? target.route.role : WRITING.test(target.path) ? "write" : ("read" as const);
    if (role === undefined) return { tenant: "", name: "anonymous" };
    const tenant = headers["x-scope-orgid"];
    return this.#deps.authenticator.authenticate(
      { authorization: headers.authorization, tenant: Array.isArray(tenant) ? tenant[0] : tenant },
      role,
    );
  }

  #refuse(request: NodeRequest, response: NodeResponse, error: unknown, about: Known): void {
    if (request.destroyed && !request.complete) return;
    const fault = faultOf(error);
    this.#report(error, fault, about);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const contentType = request.headers["content-type"] ?? "";
    const grpc = contentType.startsWith("application/grpc");
    send(request, response, about.isRpc || grpc ? earlyAnswer(contentType, error) : faultAnswer(fault));
  }

  /** Writes down why something was refused. */
  #report(error: unknown, fault: Fault, { caller, route }: Known): void {
    const { log, metrics } = this.#deps;
    metrics.refused(caller?.tenant ?? "", fault.code);
    const fields = { route, status: fault.status, code: fault.code, tenant: caller?.tenant };
    if (isBug(error)) log.error({ ...fields, err: error }, "a request failed by a fault of the server");
    else log.info({ ...fields, reason: fault.message }, "refused");
  }
}

/**
 * Writes an answer. Where the body was not read to its end, the rest is read and thrown away for a while: cutting the
 * connection at once would take the answer away from a client that is still sending.
 */
function send(request: NodeRequest, response: NodeResponse, { status, headers, body }: Answer): void {
  const bytes = typeof body === "string" ? Buffer.from(body) : body;
  response.writeHead(status, { ...headers, "content-length": String(bytes.length) });
  if (request.method === "HEAD" || bytes.length === 0) response.end();
  else (response as { end(data: Uint8Array): unknown }).end(bytes);
  if (request.readableEnded) return;
  request.resume();
  const linger = setTimeout(() => {
    if (!request.readableEnded) request.destroy();
  }, LINGER);
  linger.unref();
  request.on("end", () => clearTimeout(linger));
}
