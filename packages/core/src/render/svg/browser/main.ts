import { App } from "./app.ts";
import { readConfig } from "./config.ts";

const own = document.currentScript;
const found = own?.closest("svg") ?? document.querySelector("svg");
if (found instanceof SVGSVGElement) {
  const config = readConfig(found);
  if (config !== undefined) new App(found, config).start();
}
