import { type Note, OWN_CODE_RULES, type Place } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { type Command, commandsOf } from "../commands.ts";
import type { Store } from "../store.ts";
import { Dialog } from "./dialog.tsx";

/** The dialog that is open, if any. */
export function Dialogs({ store }: { readonly store: Store }): JSX.Element | null {
  const close = (): void => {
    store.dialog.value = undefined;
  };
  switch (store.dialog.value) {
    case "notes":
      return <NotesDialog store={store} onClose={close} />;
    case "commands":
      return <CommandsDialog store={store} onClose={close} />;
    case "help":
      return <HelpDialog store={store} onClose={close} />;
    case "rules":
      return <RulesDialog store={store} onClose={close} />;
    default:
      return null;
  }
}

interface DialogProps {
  readonly store: Store;
  readonly onClose: () => void;
}

const NOTE_TITLES: Readonly<Record<Note["kind"], string>> = {
  skipped: "Skipped",
  truncated: "Cut off",
  approximated: "Approximated",
  information: "For your information",
};

function NotesDialog({ store, onClose }: DialogProps): JSX.Element {
  const profiles = [store.baseProfile.value, store.profile.value].filter((profile) => profile !== undefined);
  return (
    <Dialog title="What the reader says" onClose={onClose}>
      {profiles.map((profile) => (
        <section key={profile.id}>
          <h3>{profile.name}</h3>
          <dl class="facts">
            <dt>Format</dt>
            <dd>{profile.format}</dd>
            {profile.producer !== undefined && (
              <>
                <dt>Written by</dt>
                <dd>{profile.producer}</dd>
              </>
            )}
            <dt>Samples</dt>
            <dd>
              {profile.samples}
              {profile.observations !== profile.samples && ` (of ${profile.observations} observations)`}
            </dd>
            <dt>Stacks, frames</dt>
            <dd>
              {profile.stacks}, {profile.frames}
            </dd>
          </dl>
          {profile.comments.map((comment) => (
            <p key={comment} class="muted">
              {comment}
            </p>
          ))}
          {profile.notes.length === 0 && <p>Everything in the file was read.</p>}
          <ul class="notes">
            {profile.notes.map((note) => (
              <li key={note.code}>
                <strong>{NOTE_TITLES[note.kind]}</strong>
                {note.count > 1 && ` ${note.count} times`}: {note.message}
                {note.places.length > 0 && (
                  <span class="muted"> ({note.places.map(placeText).join("; ")})</span>
                )}
              </li>
            ))}
          </ul>
        </section>
      ))}
    </Dialog>
  );
}

function placeText({ line, offset }: Place): string {
  return [line === undefined ? "" : `line ${line}`, offset === undefined ? "" : `byte ${offset}`]
    .filter((part) => part !== "")
    .join(", ");
}

function CommandsDialog({ store, onClose }: DialogProps): JSX.Element {
  const wanted = useSignal("");
  const at = useSignal(0);
  const all = commandsOf(store);
  const words = wanted.value.toLowerCase().split(/\s+/);
  const shown = all.filter(({ title }) => words.every((word) => title.toLowerCase().includes(word)));
  const chosen = Math.min(at.value, shown.length - 1);
  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    onClose();
    command.run();
  };
  return (
    <Dialog title="Commands" onClose={onClose}>
      <input
        type="text"
        class="wide"
        role="combobox"
        aria-label="Command"
        aria-expanded={true}
        aria-controls="commands"
        aria-autocomplete="list"
        aria-activedescendant={shown.length > 0 ? `command-${chosen}` : undefined}
        placeholder="Type a command"
        value={wanted.value}
        onInput={(event) => {
          wanted.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={(event) => {
          if (event.key === "ArrowDown") at.value = Math.min(shown.length - 1, chosen + 1);
          else if (event.key === "ArrowUp") at.value = Math.max(0, chosen - 1);
          else if (event.key === "Enter") run(shown[chosen]);
          else return;
          event.preventDefault();
          document.getElementById(`command-${at.value}`)?.scrollIntoView({ block: "nearest" });
        }}
      />
      <ul id="commands" class="commands" role="listbox" aria-label="Commands">
        {shown.map((command, row) => (
          <li
            key={command.title}
            id={`command-${row}`}
            role="option"
            tabIndex={-1}
            aria-selected={row === chosen}
            onClick={() => run(command)}
          >
            <span>{command.title}</span>
            {command.keys !== undefined && <kbd>{command.keys}</kbd>}
          </li>
        ))}
      </ul>
      {shown.length === 0 && <p class="muted">No command has these words.</p>}
    </Dialog>
  );
}

const POINTER_HELP: readonly (readonly [string, string])[] = [
  ["Click", "select a function in every view"],
  ["Double click, Enter", "zoom to a frame; open a row's callers and callees"],
  ["Escape, Backspace", "back to the view before"],
  ["Right click", "what can be done with a frame"],
  ["Ctrl and wheel, pinch", "zoom in and out"],
  ["Drag on the axis of the flame chart", "select a time for every view"],
  ["Drag in the timeline", "select a time for every view; with Shift, the time to compare with"],
];

function HelpDialog({ store, onClose }: DialogProps): JSX.Element {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <div class="help">
        <dl>
          {commandsOf(store)
            .filter((command) => command.keys !== undefined)
            .map((command) => (
              <div key={command.title}>
                <dt>
                  <kbd>{command.keys}</kbd>
                </dt>
                <dd>{command.title}</dd>
              </div>
            ))}
        </dl>
        <dl>
          {POINTER_HELP.map(([what, effect]) => (
            <div key={what}>
              <dt>{what}</dt>
              <dd>{effect}</dd>
            </div>
          ))}
        </dl>
      </div>
    </Dialog>
  );
}

function RulesDialog({ store, onClose }: DialogProps): JSX.Element {
  const { filters } = store.view.value;
  const row = filters.findIndex((entry) => entry.step.kind === "own-code");
  const step = filters[row]?.step;
  const text = useSignal((step?.kind === "own-code" ? step.rules : OWN_CODE_RULES).join("\n"));
  return (
    <Dialog title="Only my code" onClose={onClose}>
      <form
        class="fields"
        onSubmit={(event) => {
          event.preventDefault();
          const rules = text.value
            .split("\n")
            .map((rule) => rule.trim())
            .filter((rule) => rule !== "");
          store.setFilters(
            filters.map((entry, at) =>
              at === row ? { ...entry, step: { kind: "own-code", rules } } : entry,
            ),
          );
          onClose();
        }}
      >
        <p>
          Frames that one of these rules fits are hidden: <code>kind:kernel</code>, or <code>module:</code>,{" "}
          <code>file:</code>, <code>name:</code> with a pattern in which <code>*</code> stands for any text.
        </p>
        <textarea
          aria-label="Rules, one a line"
          rows={16}
          value={text.value}
          onInput={(event) => {
            text.value = event.currentTarget.value;
          }}
        />
        <p>
          <button type="submit">Apply</button>{" "}
          <button
            type="button"
            onClick={() => {
              text.value = OWN_CODE_RULES.join("\n");
            }}
          >
            The usual rules
          </button>
        </p>
      </form>
    </Dialog>
  );
}
