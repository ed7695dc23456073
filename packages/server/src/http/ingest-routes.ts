import { takeAny } from "../ingest/any.ts";
import { takeIngest } from "../ingest/ingest-request.ts";
import type { Ingestor, Receipt } from "../ingest/ingestor.ts";
import { takeOtlp } from "../ingest/otlp.ts";
import type { Metrics } from "../ops/metrics.ts";
import { Refusal } from "../refusal.ts";
import { type Answer, jsonAnswer } from "./answer.ts";
import type { Bodies } from "./bodies.ts";
import { claim, unpack } from "./body.ts";
import type { Call, PlainHandler } from "./call.ts";
import { readMultipart } from "./multipart.ts";

/** What the routes of pushes work with. */
export interface IngestRouteDeps {
  readonly ingestor: Ingestor;
  readonly bodies: Bodies;
  readonly metrics: Metrics;
}

/** `POST /ingest` of Pyroscope: an empty 200, which the Go SDK insists on. */
export function ingestRoute({ ingestor, bodies, metrics }: IngestRouteDeps): PlainHandler {
  return (call) =>
    bodies.within(call.request, call.caller, async (ledger) => {
      const contentType = call.headers["content-type"] ?? "";
      const multipart = /^multipart\/form-data/i.test(contentType);
      const { bytes: packed, encoded } = await bodies.readPacked(call.request, call.caller, ledger);
      // A file that is compressed by itself is unpacked where it is read.
      const outer = multipart || encoded;
      const bytes = outer ? await unpack(packed, ledger) : packed;
      const receipt = await takeIngest(ingestor, {
        tenant: call.caller.tenant,
        query: call.query,
        contentType,
        body: multipart ? await readMultipart(contentType, bytes) : bytes,
        // It may be packed twice: as a file, and for the way.
        unpack: async (file) => {
          const once = await unpack(file, ledger);
          return outer || once === file ? once : unpack(once, ledger);
        },
        claim: (file) => claim(file, ledger),
      });
      count(metrics, call, call.query.get("format") ?? (multipart ? "multipart" : "folded"), receipt);
      return { status: 200, headers: {}, body: "" };
    });
}

/** `POST /api/v1/profiles?service=NAME&label=value`: any format; the answer says what was kept. */
export function anyRoute({ ingestor, bodies, metrics }: IngestRouteDeps): PlainHandler {
  return (call) =>
    bodies.within(call.request, call.caller, async (ledger) => {
      const bytes = await bodies.read(call.request, call.caller, ledger);
      const receipt = await takeAny(ingestor, { tenant: call.caller.tenant, query: call.query, bytes });
      count(metrics, call, "any", receipt);
      return jsonAnswer(200, receipt);
    });
}

/** OTLP's profiles over HTTP: JSON or protobuf. */
export function otlpRoute({ ingestor, bodies, metrics }: IngestRouteDeps): PlainHandler {
  return (call) =>
    bodies.within(call.request, call.caller, async (ledger) => {
      const contentType = (call.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
      const json = contentType === "application/json";
      if (!json && contentType !== "application/x-protobuf") {
        throw new Refusal(
          415,
          "unknown-content-type",
          `Content-Type ${JSON.stringify(contentType)}: send application/x-protobuf or application/json`,
        );
      }
      const bytes = await bodies.read(call.request, call.caller, ledger);
      const receipt = await takeOtlp(ingestor, { tenant: call.caller.tenant, bytes, json });
      count(metrics, call, "otlp", receipt);
      return otlpAnswer(json);
    });
}

/** An empty response message: everything was taken. */
function otlpAnswer(json: boolean): Answer {
  if (json) return { status: 200, headers: { "content-type": "application/json" }, body: "{}" };
  return { status: 200, headers: { "content-type": "application/x-protobuf" }, body: "" };
}

function count(metrics: Metrics, call: Call, format: string, { samples, notes }: Receipt): void {
  metrics.kept(call.caller.tenant, FORMATS.has(format) ? format : "other", samples, notes);
}

const FORMATS: ReadonlySet<string> = new Set([
  ..."folded lines trie tree pprof jfr speedscope multipart any otlp".split(" "),
]);
