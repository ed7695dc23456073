/** A folder of the core and its place in the order: it may import what has a lower rank. */
export interface Layer {
  readonly name: string;
  readonly rank: number;
  /** True for the contracts (`reader.ts`, `writer.ts`) that every layer above the model may import. */
  readonly contract: boolean;
}

/** Core's folders, lowest first; folders on one line are siblings and never see each other. */
const CORE_ORDER: readonly (readonly string[])[] = [
  ["util"],
  ["model"],
  ["kernel"],
  ["codec"],
  ["transforms"],
  ["readers", "writers", "layout", "symbols"],
  ["render", "findings"],
  ["wrappers"],
];

/** Files of the core that tie formats together: they may import every layer. */
const CORE_TOP =
  /^packages\/core\/src\/(?:[^/]+\.ts|(?:readers|writers)\/(?:registry|open)\.ts|wrappers\/index\.ts)$/;
const CONTRACTS = /^packages\/core\/src\/(?:readers\/reader|writers\/writer)\.ts$/;

/** The layer of a file in `packages/core/src`, or undefined where the folder is in no layer. */
export function coreLayer(path: string): Layer | undefined {
  if (CORE_TOP.test(path)) return { name: "top", rank: CORE_ORDER.length, contract: false };
  const [folder, inner, deeper] = path.slice("packages/core/src/".length).split("/");
  const rank = CORE_ORDER.findIndex((names) => names.includes(folder!));
  if (rank < 0) return undefined;
  if (CONTRACTS.test(path)) return { name: `${folder} contract`, rank, contract: true };
  // Every format is a layer of its own, so that no reader sees another.
  const own = (folder === "readers" || folder === "writers") && deeper !== undefined;
  return { name: own ? `${folder}/${inner}` : folder!, rank, contract: false };
}

const SERVER_ORDER: readonly (readonly string[])[] = [
  ["gen"],
  ["store"],
  ["ingest", "query"],
  ["rules"],
  ["ops"],
  ["http"],
];

/** The layer of a file in the server's folders, or undefined for files beside them. */
export function serverFolders(path: string): Layer | undefined {
  const folder = /^packages\/server\/src\/([^/]+)\//.exec(path)?.[1];
  const rank = SERVER_ORDER.findIndex((names) => folder !== undefined && names.includes(folder));
  return rank < 0 ? undefined : { name: folder!, rank, contract: false };
}

/** What a package may import besides itself. */
export interface AllowedPackage {
  matches(specifier: string): boolean;
  /** Only through `import()`: so that the command starts without it. */
  readonly lazily: boolean;
}

const allow = (pattern: RegExp, lazily = false): AllowedPackage => ({
  matches: (specifier) => pattern.test(specifier),
  lazily,
});

const CORE = allow(/^@flambeau\/core(?:\/wrappers)?$/);
/** Of the core's wrappers only: the rest of it has no dependency. */
const UNPACKING = allow(/^(?:fflate|fzstd)$/);
const NODE = allow(/^node:/);
/** Of the viewer, what puts a profile into its page; it runs anywhere. */
const EMBED = allow(/^@flambeau\/viewer\/embed$/);
const SERVER = allow(/^@flambeau\/server$/, true);
/** Of the command: its option parser, and what opens a browser. */
const COMMAND = allow(/^(?:commander|open)$/);
const PREACT = allow(/^(?:preact|@preact\/signals)(?:\/|$)/);
const DATABASE = allow(/^(?:@clickhouse\/client|chdb(?:\/connection)?)$/);
/** Of the server: HTTP, protocols, validation, metrics. */
const SERVING = allow(
  /^(?:@bufbuild\/protobuf|@connectrpc\/connect|@connectrpc\/connect-node)(?:\/|$)|^(?:fastify|@fastify\/[a-z-]+|pino|prom-client|zod|yaml)$/,
);

/** The packages that code at `path` of package `name` may import. */
export function allowedPackages(name: string, path: string): readonly AllowedPackage[] {
  switch (name) {
    case "viewer":
      return path.startsWith("packages/viewer/src/app/") ? [CORE, PREACT] : [CORE];
    case "server":
      return path.startsWith("packages/server/src/store/") ? [CORE, NODE, DATABASE] : [CORE, NODE, SERVING];
    case "cli":
      return [CORE, NODE, EMBED, SERVER, COMMAND];
    case "core":
      return path.startsWith("packages/core/src/wrappers/") ? [UNPACKING] : [];
    default:
      return [];
  }
}
