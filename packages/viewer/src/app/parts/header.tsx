import { GROUPINGS, type GroupBy } from "@flambeau/core";
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import type { LabelInfo, ProfileInfo, ThreadInfo } from "../../data/profile-info.ts";
import { percentOf, weight } from "../format.ts";
import { threadTitle } from "../names.ts";
import type { Store } from "../store.ts";
import { PROFILE_PARTS } from "../view-state.ts";
import { ExportMenu } from "./export-menu.tsx";
import { Popover } from "./popover.tsx";
import { SettingsMenu } from "./settings-menu.tsx";

/** The top line: which profile, what of it, and what the whole page can do. */
export function Header({ store }: { readonly store: Store }): JSX.Element {
  const profile = store.profile.value;
  return (
    <header class="top">
      <span class="brand">Flambeau</span>
      <OpenButton store={store} id="open" />
      {profile !== undefined && (
        <>
          <ProfileChoice store={store} />
          <ValueTypeChoice store={store} profile={profile} />
          <ThreadChoice store={store} profile={profile} />
          {profile.labels.length > 0 && <LabelChoice store={store} profile={profile} />}
          <GroupChoice store={store} />
          <span class="stretch" />
          <button
            type="button"
            class={profile.notes.length > 0 ? "attention" : ""}
            title="What the reader skipped, cut or approximated"
            onClick={() => {
              store.dialog.value = "notes";
            }}
          >
            Notes <span class="badge">{profile.notes.length}</span>
          </button>
          <ExportMenu store={store} />
        </>
      )}
      {profile === undefined && <span class="stretch" />}
      <SettingsMenu store={store} />
      <button
        type="button"
        title="Commands (Ctrl K)"
        onClick={() => {
          store.dialog.value = "commands";
        }}
      >
        Commands
      </button>
      <button
        type="button"
        aria-label="Help"
        title="Keys and views (?)"
        onClick={() => {
          store.dialog.value = "help";
        }}
      >
        ?
      </button>
    </header>
  );
}

/** The file picker. */
export function OpenButton({ store, id }: { readonly store: Store; readonly id?: string }): JSX.Element {
  return (
    <label class="button" title="Open profiles (O)">
      Open
      <input
        type="file"
        id={id}
        multiple
        class="hidden"
        onChange={(event) => {
          for (const blob of event.currentTarget.files ?? []) void store.open({ blob, name: blob.name });
          event.currentTarget.value = "";
        }}
      />
    </label>
  );
}

function ProfileChoice({ store }: { readonly store: Store }): JSX.Element {
  const profiles = store.profiles.value;
  const { profile: shown, base, normalize } = store.view.value;
  const info = store.profile.value!;
  const compared = store.baseProfile.value;
  const text = compared === undefined ? info.name : `${compared.name} → ${info.name}`;
  return (
    <Popover
      class="profile-choice"
      title="Profiles"
      name={`Profiles: ${text}`}
      label={<span class="ellipsis">{text}</span>}
    >
      <table class="list">
        <thead>
          <tr>
            <th>Show</th>
            <th>Name</th>
            <th>Compare with</th>
            <th>
              <span class="hidden">Close</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {profiles.map((profile, row) => (
            <tr key={profile.id}>
              <td>
                <input
                  type="radio"
                  name="profile"
                  aria-label={`Show ${profile.name}`}
                  checked={row === shown}
                  onChange={() => store.show(row)}
                />
              </td>
              <td>
                <input
                  type="text"
                  aria-label={`Name of ${profile.name}`}
                  value={profile.name}
                  onChange={(event) => store.rename(row, event.currentTarget.value || profile.name)}
                />
                <div class="muted">
                  {profile.format}, {profile.samples} samples
                  {profile.producer !== undefined && `, ${profile.producer}`}
                </div>
              </td>
              <td>
                <input
                  type="radio"
                  name="base"
                  aria-label={`Compare with ${profile.name}`}
                  disabled={row === shown}
                  checked={row === base}
                  onChange={() => store.update({ ...PROFILE_PARTS, base: row, view: "graph" })}
                />
              </td>
              <td>
                <button type="button" aria-label={`Close ${profile.name}`} onClick={() => store.close(row)}>
                  ✕
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {base !== undefined && (
        <p>
          <button type="button" onClick={() => store.update({ base: undefined })}>
            End the comparison
          </button>{" "}
          <button
            type="button"
            onClick={() => store.update({ ...PROFILE_PARTS, profile: base, base: shown })}
          >
            Swap sides
          </button>{" "}
          <label>
            <input
              type="checkbox"
              checked={normalize}
              onChange={(event) => store.update({ normalize: event.currentTarget.checked })}
            />{" "}
            Scale both to the same total
          </label>
        </p>
      )}
      {profiles.length < 2 && <p class="muted">Open a second profile to compare.</p>}
    </Popover>
  );
}

function ValueTypeChoice({
  store,
  profile,
}: {
  readonly store: Store;
  readonly profile: ProfileInfo;
}): JSX.Element {
  const { valueTypes, defaultValueType, differential } = profile;
  const chosen = store.view.value.valueType;
  const id = (row: number): string => `${valueTypes[row]!.name}/${valueTypes[row]!.unit}`;
  const fallback = differential || valueTypes.length === 0 ? "" : id(defaultValueType);
  return (
    <label class="labelled">
      <span>Weight</span>
      <select
        aria-label="Weight"
        value={chosen ?? fallback}
        onChange={(event) => {
          const value = event.currentTarget.value;
          store.update({ valueType: value === "" || value === fallback ? undefined : value });
        }}
      >
        {differential && <option value="">both sides</option>}
        {valueTypes.map(({ name, unit, total }, row) => (
          <option key={id(row)} value={id(row)}>
            {name} ({weight(total, unit)})
          </option>
        ))}
      </select>
    </label>
  );
}

function ThreadChoice({
  store,
  profile,
}: {
  readonly store: Store;
  readonly profile: ProfileInfo;
}): JSX.Element | null {
  const wanted = useSignal("");
  const { threads, noThread, threadsAreRoots, defaultValueType } = profile;
  if (threads.length === 0) return null;
  const view = store.view.value;
  const mode = view.threads ?? (threadsAreRoots ? "names" : "merged");
  const all: (readonly [ThreadInfo, number])[] = threads.map((thread, row) => [thread, row] as const);
  if (noThread !== undefined) all.push([noThread, -1]);
  const type = Math.max(
    0,
    profile.valueTypes.findIndex(({ name, unit }) => `${name}/${unit}` === view.valueType),
  );
  const column = view.valueType === undefined ? defaultValueType : type;
  const total = profile.valueTypes[column]?.total ?? 0;
  all.sort(([a], [b]) => (b.totals[column] ?? 0) - (a.totals[column] ?? 0));
  const chosen = view.threadRows;
  const shown = all.filter(([thread, row]) =>
    (row < 0 ? "no thread" : threadTitle(thread)).toLowerCase().includes(wanted.value.toLowerCase()),
  );
  const toggle = (row: number): void => {
    const next =
      chosen === undefined
        ? [row]
        : chosen.includes(row)
          ? chosen.filter((own) => own !== row)
          : [...chosen, row];
    store.update({ threadRows: next.length === 0 || next.length === all.length ? undefined : next });
  };
  const label =
    chosen === undefined ? `Threads: all ${all.length}` : `Threads: ${chosen.length} of ${all.length}`;
  return (
    <Popover title="Threads" name={label} label={label}>
      <fieldset class="choice">
        <legend>In the graph</legend>
        {(
          [
            ["merged", "Merged"],
            ["names", "By name"],
            ["each", "Each"],
          ] as const
        ).map(([value, title]) => (
          <label key={value}>
            <input
              type="radio"
              name="threads"
              checked={mode === value}
              onChange={() => store.update({ threads: value })}
            />{" "}
            {title}
          </label>
        ))}
      </fieldset>
      <div class="tools">
        <input
          type="search"
          placeholder="Find a thread"
          aria-label="Find a thread"
          value={wanted.value}
          onInput={(event) => {
            wanted.value = event.currentTarget.value;
          }}
        />
        <button
          type="button"
          disabled={chosen === undefined}
          onClick={() => store.update({ threadRows: undefined })}
        >
          All threads
        </button>
      </div>
      <ul class="checks">
        {shown.slice(0, 300).map(([thread, row]) => (
          <li key={row}>
            <label>
              <input type="checkbox" checked={chosen?.includes(row) ?? false} onChange={() => toggle(row)} />{" "}
              <span class="ellipsis">{row < 0 ? "no thread" : threadTitle(thread)}</span>
              <span class="amount">{percentOf(thread.totals[column] ?? 0, total)}</span>
            </label>
          </li>
        ))}
      </ul>
      {shown.length > 300 && <p class="muted">{shown.length - 300} more: type a part of the name.</p>}
    </Popover>
  );
}

function LabelChoice({
  store,
  profile,
}: {
  readonly store: Store;
  readonly profile: ProfileInfo;
}): JSX.Element {
  const chosen = store.view.value.labels;
  return (
    <Popover
      title="Labels"
      name={chosen.length === 0 ? "Labels" : `Labels: ${chosen.length}`}
      label={chosen.length === 0 ? "Labels" : `Labels: ${chosen.length}`}
    >
      {chosen.length > 0 && (
        <button type="button" onClick={() => store.update({ labels: [] })}>
          All samples
        </button>
      )}
      {profile.labels.map((label) => (
        <LabelValues key={label.key} store={store} label={label} />
      ))}
    </Popover>
  );
}

function LabelValues({ store, label }: { readonly store: Store; readonly label: LabelInfo }): JSX.Element {
  const chosen = store.view.value.labels;
  const has = (value: string): boolean => chosen.some((own) => own.key === label.key && own.value === value);
  const toggle = (value: string): void => {
    const rest = chosen.filter((own) => own.key !== label.key || own.value !== value);
    store.update({ labels: has(value) ? rest : [...chosen, { key: label.key, value }] });
  };
  return (
    <details open={chosen.some((own) => own.key === label.key)}>
      <summary>
        {label.key} <span class="muted">({label.distinct})</span>
      </summary>
      <ul class="checks">
        {label.values.map(({ value, samples }) => (
          <li key={value}>
            <label>
              <input type="checkbox" checked={has(value)} onChange={() => toggle(value)} />{" "}
              <span class="ellipsis">{value === "" ? "(empty)" : value}</span>
              <span class="amount">{samples}</span>
            </label>
          </li>
        ))}
      </ul>
      {label.distinct > label.values.length && (
        <p class="muted">
          The {label.values.length} most frequent of {label.distinct} values.
        </p>
      )}
    </details>
  );
}

const GROUP_TITLES: Readonly<Record<GroupBy, string>> = {
  function: "function",
  file: "file",
  module: "module",
  "function+module": "function and module",
  "function+file": "function and file",
  "function+line": "function and line",
  "function+address": "function and address",
};

function GroupChoice({ store }: { readonly store: Store }): JSX.Element {
  return (
    <label class="labelled">
      <span>By</span>
      <select
        aria-label="Group by"
        value={store.view.value.groupBy}
        onChange={(event) => store.update({ groupBy: event.currentTarget.value as GroupBy })}
      >
        {GROUPINGS.map((by) => (
          <option key={by} value={by}>
            {GROUP_TITLES[by]}
          </option>
        ))}
      </select>
    </label>
  );
}
