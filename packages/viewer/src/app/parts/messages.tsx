import { humanBytes } from "@flambeau/core";
import type { JSX } from "preact";
import type { Loading, Store } from "../store.ts";

/** What went wrong or has to be known, and what is being read. */
export function Messages({ store }: { readonly store: Store }): JSX.Element {
  return (
    <div class="messages">
      {store.loading.value.map((item) => (
        <Reading key={item.id} item={item} />
      ))}
      {store.messages.value.map(({ id, kind, title, text, hint }) => (
        <div key={id} class={`message ${kind}`} role={kind === "error" ? "alert" : "status"}>
          <p>
            <strong>{title}.</strong> {text}
            {hint !== undefined && <span class="hint"> {hint}</span>}
          </p>
          <button type="button" aria-label={`Dismiss: ${title}`} onClick={() => store.dismiss(id)}>
            ✕
          </button>
        </div>
      ))}
    </div>
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
