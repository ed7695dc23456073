import { startApp } from "../app/main.ts";
import { metaContent, showFirstView } from "./first-view.ts";
import { scriptUrl } from "./script-url.ts";

showFirstView();

/** The page as a site: hosted anywhere, or served by `flambeau FILE`, which names its files in a meta element. */
startApp(document.querySelector("#app") as HTMLElement, {
  createWorker: () => new Worker(scriptUrl(workerUrl()), { type: "module" }),
  sources: sources(),
  pageTemplate,
});

keepAlive();

/** Holds a connection open to a server that ends with the page (`flambeau --once`). */
function keepAlive(): void {
  const url = metaContent("flambeau-alive");
  if (url !== undefined) new EventSource(url);
}

/** The build writes the Worker's address, which holds a hash, into the page. */
function workerUrl(): string {
  return new URL(metaContent("flambeau-worker") ?? "worker.js", location.href).href;
}

function sources(): { name: string; url: string }[] {
  const listed = metaContent("flambeau-sources");
  return listed === undefined ? [] : (JSON.parse(listed) as { name: string; url: string }[]);
}

async function pageTemplate(): Promise<string> {
  const response = await fetch("viewer.html");
  if (!response.ok) throw new Error(`viewer.html: ${response.status} ${response.statusText}`);
  return response.text();
}
