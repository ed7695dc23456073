import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { toBinary } from "@bufbuild/protobuf";
import { type ConnectRouter, createConnectRouter, createContextValues } from "@connectrpc/connect";
import type { Compression, UniversalHandler } from "@connectrpc/connect/protocol";
import { universalRequestFromNodeRequest, universalResponseToNodeResponse } from "@connectrpc/connect-node";
import type { Caller } from "../caller.ts";
import {
  ExportProfilesServiceRequestSchema,
  ProfilesService,
} from "../gen/opentelemetry/proto/collector/profiles/v1development/profiles_service_pb.ts";
import { PusherService } from "../gen/push/v1/push_pb.ts";
import type { Unpacking } from "../ingest/ingestor.ts";
import { takeOtlp } from "../ingest/otlp.ts";
import { takePush } from "../ingest/push.ts";
import { tenantKey } from "../query/wire/context.ts";
import { connectErrorOf, isBug, STATUS_HEADER } from "./answer.ts";
import { type Bodies, ledgerOfCall } from "./bodies.ts";
import { claim, unpack } from "./body.ts";
import type { IngestRouteDeps } from "./ingest-routes.ts";
import type { NodeRequest, NodeResponse } from "./listener.ts";
import type { RequestLog } from "./request-log.ts";

const gzipped = promisify(gzip);

/** gzip that counts what it unpacks on the account of the request that it runs for. */
const countedGzip: Compression = {
  name: "gzip",
  compress: async (bytes) => new Uint8Array(await gzipped(bytes)),
  decompress: async (bytes) => {
    if (bytes.length === 0) return new Uint8Array(0);
    const ledger = ledgerOfCall.getStore();
    if (ledger === undefined) throw new Error("decompression outside of a request");
    try {
      return (await unpack(bytes, ledger)) as Uint8Array<ArrayBuffer>;
    } catch (error) {
      throw connectErrorOf(error);
    }
  },
};

/** The services of Connect, gRPC and gRPC-Web, by path. */
export type ConnectHandlers = ReadonlyMap<string, UniversalHandler>;

/** Builds the handlers of all services; `register` adds those of queries. */
export function connectHandlers(
  deps: IngestRouteDeps,
  log: RequestLog,
  register: readonly ((router: ConnectRouter) => void)[],
): ConnectHandlers {
  const router = createConnectRouter({
    acceptCompression: [countedGzip],
    interceptors: [
      (next) => async (request) => {
        try {
          return await next(request);
        } catch (error) {
          if (isBug(error))
            log.error({ err: error, method: request.method.name }, "a call failed by a fault of the server");
          throw connectErrorOf(error);
        }
      },
    ],
  });
  router.service(PusherService, {
    push: async ({ series }, context) => {
      const tenant = context.values.get(tenantKey);
      const receipts = await takePush(deps.ingestor, { tenant, series, ...unpackingHere() });
      for (const { samples, notes } of receipts) deps.metrics.kept(tenant, "push", samples, notes);
      return {};
    },
  });
  router.service(ProfilesService, {
    export: async (request, context) => {
      const tenant = context.values.get(tenantKey);
      // The message declares no field: all of them are unknown, and written as they came.
      const bytes = toBinary(ExportProfilesServiceRequestSchema, request);
      const { samples, notes } = await takeOtlp(deps.ingestor, { tenant, bytes, json: false });
      deps.metrics.kept(tenant, "otlp", samples, notes);
      return {};
    },
  });
  for (const one of register) one(router);
  return new Map(router.handlers.map((handler) => [handler.requestPath, handler]));
}

function unpackingHere(): Required<Unpacking> {
  const ledger = ledgerOfCall.getStore();
  if (ledger === undefined) throw new Error("unpacking outside of a request");
  return { unpack: (bytes) => unpack(bytes, ledger), claim: (bytes) => claim(bytes, ledger) };
}

/** Serves one call of a service; the body is counted and bounded as any other. */
export function serveConnect(
  handler: UniversalHandler,
  caller: Caller,
  bodies: Bodies,
  request: NodeRequest,
  response: NodeResponse,
): Promise<void> {
  const over = answered(request, response);
  return bodies.within(request, caller, async (ledger) => {
    const values = createContextValues().set(tenantKey, caller.tenant);
    const universal = universalRequestFromNodeRequest(request, response, undefined, values);
    const body = asConnectErrors(bodies.chunks(request, ledger));
    const answer = await handler({ ...universal, body });
    const status = answer.header?.get(STATUS_HEADER);
    answer.header?.delete(STATUS_HEADER);
    const told = status == null || answer.status === 200 ? answer : { ...answer, status: Number(status) };
    // The library waits for an event that HTTP/1.1's answers do not have.
    await Promise.race([universalResponseToNodeResponse(told, response), over]);
  });
}

/** Resolves when the answer is on its way, or nobody waits for it any more. */
function answered(request: NodeRequest, response: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    if (request.destroyed) resolve();
    for (const event of ["finish", "close"]) response.once(event, () => resolve());
  });
}

/** What goes wrong with a body is told in the protocol's own words. */
async function* asConnectErrors(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* chunks;
  } catch (error) {
    throw connectErrorOf(error);
  }
}
