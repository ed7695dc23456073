/** Makes what the sources import and git does not hold, before any test runs. */
export default async function setup(): Promise<void> {
  const script: string = new URL("../../scripts/build-svg-script.mjs", import.meta.url).href;
  const module = (await import(script)) as { buildSvgScript(): Promise<number> };
  await module.buildSvgScript();
}
