import { humanBytes } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import type { FormatsResult } from "../../data/protocol.ts";
import type { Loading, Store } from "../store.ts";

/** What went wrong or has to be known, and what is being read. */
export function Messages({ store }: { readonly store: Store }): JSX.Element {
  return (
    <div class="messages">
      {store.loading.value.map((item) => (
        <Reading key={item.id} item={item} />
      ))}
      {store.messages.value.map(({ id, kind, title, text, hint, retry }) => (
        <div key={id} class={`message ${kind}`} role={kind === "error" ? "alert" : "status"}>
          <p>
            <strong>{title}.</strong> {text}
            {hint !== undefined && <span class="hint"> {hint}</span>}
          </p>
          {retry !== undefined && (
            <Retry
              store={store}
              ask={retry.ask}
              onSaid={(said) => {
                store.dismiss(id);
                void store.open(retry.input, true, [], said);
              }}
            />
          )}
          <button type="button" aria-label={`Dismiss: ${title}`} onClick={() => store.dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
  );
}

/** Asks for what the content does not say: its format, or which file of an archive is meant. */
function Retry({
  store,
  ask,
  onSaid,
}: {
  readonly store: Store;
  readonly ask: "format" | "entry";
  readonly onSaid: (said: { from?: string; entry?: string }) => void;
}): JSX.Element {
  const readers = useSignal<FormatsResult["readers"]>([]);
  const entry = useSignal("");
  useEffect(() => {
    void store.client.call("formats", null).then((known) => {
      readers.value = [...known.readers].sort((a, b) => (a.title < b.title ? -1 : 1));
    });
  }, []);
  if (ask === "format") {
    return (
      <select
        aria-label="Read it as"
        value=""
        onChange={(event) => onSaid({ from: event.currentTarget.value })}
      >
        <option value="">Read it as…</option>
        {readers.value.map(({ id, title }) => (
          <option key={id} value={id}>
            {title}
          </option>
        ))}
      </select>
    );
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (entry.value !== "") onSaid({ entry: entry.value });
      }}
    >
      <input
        type="text"
        aria-label="File of the archive"
        placeholder="File of the archive"
        value={entry.value}
        onInput={(event) => {
          entry.value = event.currentTarget.value;
        }}
      />{" "}
      <button type="submit">Read</button>
    </form>
  );
}

function Reading({ item }: { readonly item: Loading }): JSX.Element {
  const { done, total } = item.progress.value;
  return (
    <div class="message information" role="status">
      <p>
        Reading <strong>{item.name}</strong>
        {done > 0 && ` — ${humanBytes(done)}${total === undefined ? "" : ` of ${humanBytes(total)}`}`}
      </p>
      <progress
        aria-label={`Reading ${item.name}`}
        {...(total === undefined ? {} : { value: done, max: total })}
      />
      <button type="button" onClick={item.cancel}>
        Cancel
      </button>
    </div>
  );
}
