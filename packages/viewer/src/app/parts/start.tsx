import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { openText } from "../intake.ts";
import type { Store } from "../store.ts";
import { OpenButton } from "./header.tsx";

/** What is shown before anything is open. */
export function Start({ store }: { readonly store: Store }): JSX.Element {
  const url = useSignal("");
  const text = useSignal("");
  return (
    <section class="start" aria-label="Open a profile">
      <h1>Drop a profile here</h1>
      <p>
        Of any profiler: perf script, pprof, JFR, Chrome and Firefox profiles, speedscope, folded stacks, and
        many more, gzipped or not. Files are read in this browser and go nowhere.
      </p>
      <p>
        <OpenButton store={store} />
      </p>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (url.value === "") return;
          const address = new URL(url.value, location.href);
          void store.open({ url: address.href, name: address.pathname.split("/").pop() || address.host });
        }}
      >
        <label>
          Or from an address{" "}
          <input
            type="text"
            inputMode="url"
            value={url.value}
            onInput={(event) => {
              url.value = event.currentTarget.value;
            }}
          />
        </label>{" "}
        <button type="submit">Fetch</button>
      </form>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          openText(store, text.value);
        }}
      >
        <label>
          Or paste its text (Ctrl V anywhere does it, too)
          <textarea
            rows={5}
            placeholder={"main;parse;lex 30\nmain;run 70"}
            value={text.value}
            onInput={(event) => {
              text.value = event.currentTarget.value;
            }}
          />
        </label>
        <button type="submit">Read the text</button>
      </form>
    </section>
  );
}
