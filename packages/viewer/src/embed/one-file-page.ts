import { startApp } from "../app/main.ts";
import { serveData } from "../data/serve.ts";
import { showFirstView } from "./first-view.ts";
import { localWorker } from "./local-worker.ts";
import { PARTS, pageHtml } from "./page-html.ts";
import { scriptUrl } from "./script-url.ts";
import { embeddedProfiles } from "./unpack.ts";

/** Starts the page; its profiles stand behind the script, so they are looked for when all of it has come. */
export function startPage(): void {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start, { once: true });
  else start();
}

function start(): void {
  showFirstView();
  startApp(document.querySelector("#app") as HTMLElement, {
    createWorker,
    embedded: embeddedProfiles(document),
    pageTemplate: async () => template(),
  });
}

function createWorker(): Worker {
  const text = document.querySelector(PARTS.script)?.textContent ?? "";
  const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
  try {
    return new Worker(scriptUrl(url));
  } catch {
    return localWorker(serveData);
  }
}

/** This page without its profiles, from its own elements. */
function template(): string {
  return pageHtml({
    policy: document.querySelector(PARTS.policy)?.getAttribute("content") ?? "",
    style: document.querySelector(PARTS.style)?.textContent ?? "",
    script: document.querySelector(PARTS.script)?.textContent ?? "",
  });
}
