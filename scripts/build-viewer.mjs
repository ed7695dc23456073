// Builds the viewer's pages into packages/viewer/dist/page:
//   index.html, app-*.js, worker-*.js …   a static site, to be hosted anywhere; what `flambeau FILE` serves
//   viewer.html                           the whole viewer in one file, for any profile
//   template.html                         the one file that carries a profile: all views, but only KEPT's readers
// Prints the size of the template in gzip, which must stay below its budget.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const root = fileURLToPath(new URL("..", import.meta.url));
const source = join(root, "packages/viewer/src");
/** Where the pages go. */
export const pageFolder = join(root, "packages/viewer/dist/page");

const stamp = join(pageFolder, ".built.json");

/** Bytes of gzip that the viewer may take in a file that carries a profile. */
export const BUDGET = 150_000;

/**
 * Formats in a file that carries a profile: our own, and the most common ones, so that another profile can be
 * dropped on it to be compared, and what is seen can be saved. All would not fit the budget.
 */
const KEPT = {
  readers: new Set(["flambeau", "folded", "pprof"]),
  writers: new Set(["flambeau", "folded", "pprof"]),
};

const shared = {
  absWorkingDir: root,
  bundle: true,
  minify: true,
  platform: "browser",
  target: "es2022",
  conditions: ["source"],
  jsx: "automatic",
  jsxImportSource: "preact",
  charset: "ascii",
  legalComments: "none",
  metafile: true,
  write: false,
  logLevel: "warning",
};

/** Writes the pages unless they are fresh; returns the size of the template in gzip. */
export async function buildViewer() {
  if (isFresh()) return gzipSize(readFileSync(join(pageFolder, "template.html")));
  const [site, whole, small] = await Promise.all([bundleSite(), bundleSingle(), bundleSingle([onlyKept])]);
  rmSync(pageFolder, { recursive: true, force: true });
  mkdirSync(pageFolder, { recursive: true });
  for (const { path, contents } of site.outputFiles)
    writeFileSync(join(pageFolder, basename(path)), contents);
  writeFileSync(join(pageFolder, "index.html"), siteHtml(site));
  writeFileSync(join(pageFolder, "viewer.html"), await singleHtml(whole, "'wasm-unsafe-eval'"));
  const template = await singleHtml(small);
  writeFileSync(join(pageFolder, "template.html"), template);
  writeStamp([site, whole]);
  return gzipSize(template);
}

function bundleSite() {
  return build({
    ...shared,
    entryPoints: { app: join(source, "embed/hosted.ts"), worker: join(source, "data/worker.ts") },
    outdir: pageFolder,
    entryNames: "[name]-[hash]",
    chunkNames: "part-[hash]",
    assetNames: "[name]-[hash]",
    splitting: true,
    format: "esm",
  });
}

function bundleSingle(plugins = []) {
  return build({
    ...shared,
    plugins,
    entryPoints: { viewer: join(source, "embed/one-file.ts") },
    outdir: pageFolder,
    format: "iife",
  });
}

/**
 * Leaves the other formats out of the registries, the unpackers of all wrappers but gzip, and the kernel,
 * whose plain twin does the same.
 */
const onlyKept = {
  name: "only-kept-formats",
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](?:readers|writers)[\\/]registry\.ts$/ }, ({ path }) => ({
      contents: keptOf(readFileSync(path, "utf8"), basename(dirname(path))),
      loader: "ts",
    }));
    onLoad({ filter: /[\\/]wrappers[\\/]index\.ts$/ }, () => ({
      contents: "export const unpackers = {};",
      loader: "ts",
    }));
    onLoad({ filter: /[\\/]kernel[\\/]wasm\.ts$/ }, ({ path }) => ({
      contents: withoutKernel(readFileSync(path, "utf8")),
      loader: "ts",
    }));
  },
};

/** A host without WebAssembly, as far as the core can see: its exports, none of which is called then. */
function withoutKernel(source) {
  const constants = source.match(/^export const .*$/gm) ?? [];
  const functions = [...source.matchAll(/^export function (\w+)/gm)].map(([, name]) =>
    name === "haveWasm"
      ? "export function haveWasm(): boolean { return false; }"
      : `export function ${name}(): never { throw new Error("there is no kernel here"); }`,
  );
  return [...constants, ...functions].join("\n");
}

/** A registry's source without the lines of formats that are not kept. */
function keptOf(registry, kind) {
  const wanted = KEPT[kind];
  let text = registry;
  let kept = 0;
  for (const [line, name, folder] of registry.matchAll(
    /import \{ (\w+) \} from "\.\/([\w-]+)\/[\w-]+\.ts";\n/g,
  )) {
    if (wanted.has(folder)) kept++;
    else text = text.replace(line, "").replace(`  ${name},\n`, "");
  }
  if (kept !== wanted.size) throw new Error(`${kept} of ${wanted.size} kept ${kind} are in the registry`);
  return text;
}

/** File name of an entry's output. */
function outputOf({ metafile }, entry) {
  const found = Object.entries(metafile.outputs).find(([, { entryPoint }]) => entryPoint?.endsWith(entry));
  return found && { name: basename(found[0]), style: found[1].cssBundle && basename(found[1].cssBundle) };
}

/** Hosted, the page may read profiles from anywhere (`?url=`) that allows it. */
function siteHtml(site) {
  const app = outputOf(site, "embed/hosted.ts");
  const worker = outputOf(site, "data/worker.ts");
  const policy = policyOf({
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self'",
    "style-src": "'self'",
    "connect-src": "'self' https: http: blob: data:",
  });
  const style = app.style === undefined ? "" : `\n<link rel="stylesheet" href="${app.style}">`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width">
<meta name="referrer" content="no-referrer">
<meta name="flambeau-worker" content="${worker.name}">
<title>Flambeau</title>
<link rel="icon" href="data:,">${style}
</head>
<body>
<div id="app"></div>
<noscript>The viewer needs JavaScript.</noscript>
<script type="module" src="${app.name}"></script>
</body>
</html>
`;
}

/** `more`: what the policy allows scripts besides. */
async function singleHtml(single, more = "") {
  const bundle = single.outputFiles.find(({ path }) => path.endsWith(".js")).text.trim();
  // In a script element, `<!--` would change how its end is found; in the bundle it stands in texts and patterns only.
  const script = bundle.replaceAll("<!--", "\\x3c!--");
  const style = (single.outputFiles.find(({ path }) => path.endsWith(".css"))?.text ?? "").trim();
  if (/<\/script/i.test(script) || /<\/style/i.test(style))
    throw new Error("The script or style would end its own element.");
  const policy = policyOf({
    "script-src": `${hashOf(script)} ${more}`.trim(),
    "worker-src": "blob:",
    "style-src": hashOf(style),
  });
  const { pageHtml } = await import(await pageHtmlModule());
  return pageHtml({ policy, style, script });
}

/** embed/page-html.ts as JavaScript that this Node can import. */
async function pageHtmlModule() {
  const { outputFiles } = await build({
    entryPoints: [join(source, "embed/page-html.ts")],
    bundle: true,
    write: false,
    format: "esm",
  });
  return `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`;
}

/**
 * `wasm-unsafe-eval` lets the core compile its WebAssembly kernel, which is in the script; it allows no eval. Workers
 * from a Blob have the page's policy.
 */
function policyOf(rules) {
  const all = {
    "default-src": "'none'",
    ...rules,
    "img-src": "data: blob:",
    "base-uri": "'none'",
    "form-action": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "flambeau",
  };
  return Object.entries(all)
    .map(([name, value]) => `${name} ${value}`)
    .join("; ");
}

function hashOf(text) {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function gzipSize(html) {
  return gzipSync(html, { level: 9 }).length;
}

/** The inputs that went into the bundles, with their times. */
function writeStamp(results) {
  const inputs = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.inputs)));
  const times = Object.fromEntries([...inputs].map((path) => [path, timeOf(join(root, path))]));
  writeFileSync(stamp, JSON.stringify({ own: timeOf(fileURLToPath(import.meta.url)), times }));
}

function isFresh() {
  if (!existsSync(stamp)) return false;
  const { own, times } = JSON.parse(readFileSync(stamp, "utf8"));
  if (own !== timeOf(fileURLToPath(import.meta.url))) return false;
  return Object.entries(times).every(([path, time]) => timeOf(join(root, path)) === time);
}

function timeOf(path) {
  return existsSync(path) ? statSync(path).mtimeMs : undefined;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const size = await buildViewer();
  console.log(`template.html: ${(size / 1000).toFixed(1)} kB in gzip (at most ${BUDGET / 1000})`);
  if (size > BUDGET) process.exitCode = 1;
}
