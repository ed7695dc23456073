import { z } from "zod";
import type { Role } from "../caller.ts";
import { type Rule, ruleSchema } from "../rules/rule.ts";

/** A complete configuration; what each setting means stands with {@link checkConfig}'s schema. */
export interface Config {
  readonly listen: string;
  readonly otlpGrpc?: string | undefined;
  readonly otlpHttp?: string | undefined;
  readonly data: string;
  readonly store: string;
  readonly basePath: string;
  readonly tls?: { readonly certificate: string; readonly key: string } | undefined;
  readonly tokens: readonly TokenConfig[];
  readonly insecureNoAuth: boolean;
  readonly defaultTenant: string;
  readonly limits: TenantLimits;
  readonly tenants: Readonly<
    Record<string, { readonly [K in keyof TenantLimits]?: TenantLimits[K] | undefined }>
  >;
  readonly memory: number;
  readonly queryMemory: number;
  readonly requestSeconds: number;
  readonly journal: number;
  readonly reserve: number;
  readonly decodeThreads?: number | undefined;
  readonly metricsListen?: string | undefined;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error" | "silent";
  readonly selfProfile: boolean;
  readonly rules: readonly Rule[];
  readonly debuginfod: readonly string[];
  readonly stopSeconds: number;
}

/** Limits of one tenant. */
export interface TenantLimits {
  readonly bytesPerSecond: number;
  readonly burst: number;
  readonly body: number;
  readonly series: number;
  readonly seriesPerProfile: number;
  readonly labelsPerSeries: number;
  readonly labelName: number;
  readonly labelValue: number;
  readonly sampleLabels: number;
  readonly stackDepth: number;
  readonly future: number;
  readonly retentionDays: number;
}

/** A token that is known by its hash. */
export interface TokenConfig {
  readonly name: string;
  readonly sha256: string;
  readonly role: Role;
  readonly tenants: readonly string[];
}

/** `4MiB`, `512k`, or a number of bytes. */
const SIZE = /^(\d+(?:\.\d+)?)\s*(k|m|g|t)?(?:i?b)?$/i;
const FACTORS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 2 ** 10],
  ["m", 2 ** 20],
  ["g", 2 ** 30],
  ["t", 2 ** 40],
]);

const bytes = z
  .union([z.number().int().nonnegative(), z.string().regex(SIZE, "give bytes, or 4MiB, 512KiB")])
  .transform((value) => {
    if (typeof value === "number") return value;
    const [, number, factor = ""] = SIZE.exec(value)!;
    return Math.floor(Number(number) * FACTORS.get(factor.toLowerCase())!);
  });

const count = z.number().int().positive();

/** `host:port`, `:port` or a port. */
const address = z
  .union([z.string(), z.number().int()])
  .transform(String)
  .refine((text) => parseAddress(text) !== undefined, "give host:port, or a port");

/** Where to listen. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Undefined where the text is no address; a port alone means this machine only. */
export function parseAddress(text: string): Address | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:]+)\]|([^:[\]/\s]*)):)?(\d{1,5})$/.exec(text);
  if (match === null) return undefined;
  const port = Number(match[3]);
  const host = match[1] ?? match[2];
  if (port > 65_535) return undefined;
  return { host: host === undefined ? "127.0.0.1" : host === "" ? "0.0.0.0" : host, port };
}

/** Tenants are part of every key, of paths and of logs: plain names only. */
export const TENANT_NAME: RegExp = /^(?!\.{1,2}$)[A-Za-z0-9!_.*'()-]{1,150}$/;
const tenantName = z.string().regex(TENANT_NAME, "a tenant's name holds letters, digits and !_.*'()- only");

const limits = z.strictObject({
  bytesPerSecond: bytes.default(0).describe("pushed bytes per second, before unpacking; 0: no limit"),
  burst: bytes.default(32 * 2 ** 20).describe("bytes that may come at once above bytesPerSecond"),
  body: bytes.default(64 * 2 ** 20).describe("one pushed body, unpacked"),
  series: count.default(200_000).describe("active series (label sets and profile types of the last hour)"),
  seriesPerProfile: count.default(2000).describe("series that the sample labels of one profile may make"),
  labelsPerSeries: count.default(64).describe("labels of one series"),
  labelName: count.default(1024).describe("characters of a label's name"),
  labelValue: count.default(2048).describe("characters of a label's value"),
  sampleLabels: count.default(1_000_000).describe("labels of all samples of one profile"),
  stackDepth: count.default(10_000).describe("frames of one stack"),
  future: count.default(600).describe("seconds that a profile may lie ahead of the server's clock"),
  retentionDays: count.default(30).describe("days that profiles are kept; older ones are refused"),
});

/** The same settings without their defaults: what a tenant does not set is as for everybody. */
const overrides = z.strictObject(
  Object.fromEntries(
    Object.entries(limits.shape).map(([name, field]) => [
      name,
      (field.unwrap() as z.ZodType<number>).optional(),
    ]),
  ),
);

const token = z.strictObject({
  name: z.string().min(1).describe("shown in logs"),
  sha256: z
    .string()
    .regex(/^[0-9a-f]{64}$/, "give the token's SHA-256: printf %s TOKEN | sha256sum")
    .describe("SHA-256 of the token, 64 hexadecimal digits"),
  role: z.enum(["read", "write", "admin"]).describe("write pushes, read asks, admin does everything"),
  tenants: z
    .array(z.union([z.literal("*"), tenantName]))
    .min(1)
    .describe('tenants, or "*" for all'),
});

/** Everything that can be set; each description is the documentation's. */
const schema = z.strictObject({
  listen: address
    .default("127.0.0.1:4040")
    .describe("where to listen: HTTP/1.1, HTTP/2 and gRPC on one port"),
  otlpGrpc: address.optional().describe("a second port for OTLP by gRPC, usually 4317"),
  otlpHttp: address.optional().describe("a second port for OTLP by HTTP, usually 4318"),
  data: z.string().min(1).default("flambeau-data").describe("folder of the journal and the embedded engine"),
  store: z
    .string()
    .default("embedded")
    .describe("`embedded`, or a server: clickhouse://user:password@host:8123/database"),
  basePath: z
    .string()
    .regex(/^(?:\/[A-Za-z0-9_.~-]+)*$/, "give a path like /profiles, without a / at its end")
    .default("")
    .describe("path in front of everything, where a proxy adds one"),
  tls: z
    .strictObject({
      certificate: z.string().min(1).describe("file with the certificate chain (PEM)"),
      key: z.string().min(1).describe("file with the private key (PEM)"),
    })
    .optional()
    .describe("serve TLS"),
  tokens: z.array(token).default([]).describe("who may come in; none: everybody, on this machine only"),
  insecureNoAuth: z
    .boolean()
    .default(false)
    .describe("serve other machines without tokens, in so many words"),
  defaultTenant: tenantName.default("anonymous").describe("tenant of requests without X-Scope-OrgID"),
  limits: limits.prefault({}).describe("of every tenant"),
  tenants: z
    .record(tenantName, overrides)
    .default({})
    .describe("limits of single tenants, where they differ"),
  memory: bytes.default(384 * 2 ** 20).describe("bytes of requests in work; more of them wait, then get 429"),
  queryMemory: bytes
    .default(384 * 2 ** 20)
    .describe("bytes for what queries keep: what stacks are, and samples that are asked for again and again"),
  requestSeconds: count.default(60).describe("seconds in which a body must arrive"),
  journal: bytes.default(2 ** 30).describe("bytes that may wait to be loaded before pushes get 429"),
  reserve: bytes.default(512 * 2 ** 20).describe("bytes to leave free on the disk; below, pushes get 507"),
  decodeThreads: z
    .number()
    .int()
    .min(0)
    .max(64)
    .optional()
    .describe("threads for large profiles; default: processors less one, at most 4"),
  metricsListen: address.optional().describe("a port of its own for /metrics, without tokens"),
  logLevel: z
    .enum(["trace", "debug", "info", "warn", "error", "silent"])
    .default("info")
    .describe("least level that is logged"),
  selfProfile: z
    .boolean()
    .default(false)
    .describe("profile this server and keep it under the service `flambeau`"),
  rules: z.array(ruleSchema).default([]).describe("what to measure again and again, and when to alert"),
  debuginfod: z
    .array(z.url({ protocol: /^https?$/ }))
    .default([])
    .describe("debuginfod servers that are asked for the names of native functions"),
  stopSeconds: count.default(20).describe("seconds that requests have to end when the server stops"),
});

/** Checks values from any source: a complete configuration, or what is wrong with them. */
export function checkConfig(
  values: unknown,
): { readonly config: Config } | { readonly issues: readonly z.core.$ZodIssue[] } {
  const result = schema.safeParse(values);
  return result.success ? { config: result.data } : { issues: result.error.issues };
}

/** One thing that can be set, for the documentation and the environment. */
export interface Setting {
  /** Names from the outermost in: `limits`, `body`. */
  readonly path: readonly string[];
  readonly description: string;
  /** As YAML; undefined where there is none. */
  readonly default: string | undefined;
}

/** Every setting, in the order of the documentation; those of a token and of a tenant are not gone into. */
export function settings(): Setting[] {
  const defaults = schema.parse({}) as Record<string, unknown>;
  return Object.entries(schema.shape).flatMap(([name, field]) => {
    const inner = innerShape(field);
    const value = defaults[name];
    if (inner === undefined) return [setting([name], field, value)];
    const values = (value ?? {}) as Record<string, unknown>;
    return Object.entries(inner).map(([key, one]) => setting([name, key], one, values[key]));
  });
}

function setting(path: string[], field: z.ZodType, value: unknown): Setting {
  const shown = value === undefined ? undefined : JSON.stringify(value);
  return { path, description: field.description ?? "", default: shown };
}

/** The settings within a setting. */
function innerShape(field: z.ZodType): Record<string, z.ZodType> | undefined {
  let inner = field as { shape?: Record<string, z.ZodType>; unwrap?: () => z.ZodType; element?: unknown };
  while (inner.shape === undefined && inner.element === undefined && inner.unwrap !== undefined) {
    inner = inner.unwrap() as typeof inner;
  }
  return inner.shape;
}
