/**
 * Bundles and minifies the script that makes the SVG interactive, into packages/core/src/generated/svg-script.ts.
 * Run by the build, and by vitest before the tests.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const core = new URL("../packages/core/", import.meta.url);

/** Writes the generated module if it is not up to date; returns the script's size in bytes. */
export async function buildSvgScript() {
  const result = await build({
    entryPoints: [fileURLToPath(new URL("src/render/svg/browser/main.ts", core))],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    charset: "ascii",
    legalComments: "none",
  });
  const script = result.outputFiles[0].text.trim();
  // It stands in a CDATA section of an XML file, and in a <script> where the SVG is inlined into HTML.
  if (script.includes("]]>") || /<\/script/i.test(script))
    throw new Error("The script would end its own element.");
  const target = new URL("src/generated/svg-script.ts", core);
  const text = `/** Made by scripts/build-svg-script.mjs from render/svg/browser. */\nexport const svgScript: string = ${JSON.stringify(script)};\n`;
  mkdirSync(new URL(".", target), { recursive: true });
  if (!existsSync(target) || readFileSync(target, "utf8") !== text) writeFileSync(target, text);
  return script.length;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(`svg-script.ts: ${await buildSvgScript()} bytes of script`);
}
