// A page that uses the element from React and from Vue: bundled by hosts.test.ts.
import { createElement, useState } from "react";
import { createRoot } from "react-dom/client";
import { createApp, h, ref } from "vue";
import type { LevelGraph } from "../../../packages/viewer/src/graph/index.ts";

type Listener = (event: CustomEvent<{ rect: number }>) => void;

/** React 19 sets what is a property of the element as a property, and `on…` as a listener of that event. */
export function mountReact(host: HTMLElement, graph: LevelGraph): void {
  function App() {
    const [rect, setRect] = useState(-1);
    const listener: Listener = (event) => setRect(event.detail.rect);
    return createElement(
      "div",
      null,
      createElement("output", null, String(rect)),
      createElement("flame-graph", {
        graph,
        mode: "icicle",
        minimap: "",
        search: "malloc",
        "onflame-graph-select": listener,
      } as object),
    );
  }
  createRoot(host).render(createElement(App));
}

/** Vue does the same; `.graph` asks for the property, `@flame-graph-select` is `onFlameGraphSelect` here. */
export function mountVue(host: HTMLElement, graph: LevelGraph): void {
  createApp({
    setup() {
      const rect = ref(-1);
      const listener: Listener = (event) => {
        rect.value = event.detail.rect;
      };
      return () =>
        h("div", [
          h("output", String(rect.value)),
          h("flame-graph", {
            graph,
            mode: "icicle",
            minimap: "",
            search: "malloc",
            onFlameGraphSelect: listener,
          }),
        ]);
    },
  }).mount(host);
}

Object.assign(globalThis, { frameworks: { mountReact, mountVue } });
