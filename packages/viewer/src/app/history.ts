import { effect } from "@preact/signals";
import { hashOf, stateOfHash } from "./hash.ts";
import type { Store } from "./store.ts";

/** Keeps the address in step with what is looked at: a link restores it, and so do back and forward. */
export function followHistory(store: Store): void {
  effect(() => {
    const hash = hashOf(store.view.value);
    if (hash === location.hash) return;
    const address = hash === "" ? location.pathname + location.search : hash;
    try {
      if (store.remember === "push") history.pushState(null, "", address);
      else history.replaceState(null, "", address);
    } catch {
      // Documents without an address of their own (srcdoc, some webviews) refuse: then there is no link.
    }
  });
  const restore = (): void => {
    if (hashOf(store.view.peek()) !== location.hash) store.restore(stateOfHash(location.hash));
  };
  addEventListener("popstate", restore);
  addEventListener("hashchange", restore);
}
