import { useSignal } from "@preact/signals";
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

export interface PopoverProps {
  /** On the button. */
  readonly label: ComponentChildren;
  /** Name of the panel, and of the button unless `name` says more. */
  readonly title: string;
  /** Name of the button where its label says more than the title: it has to hold the label's text. */
  readonly name?: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  /** The panel's right edge is the button's. */
  readonly end?: boolean;
}

/** A button that opens a panel below it; Escape and a click elsewhere close it. */
export function Popover({ label, title, name, children, class: own, end }: PopoverProps): JSX.Element {
  const open = useSignal(false);
  const root = useRef<HTMLDivElement>(null);
  const id = useId();
  useEffect(() => {
    if (!open.value) return;
    const close = (event: Event): void => {
      if (!root.current?.contains(event.target as Node)) open.value = false;
    };
    document.addEventListener("pointerdown", close);
    return () => document.removeEventListener("pointerdown", close);
  }, [open.value]);
  return (
    <div
      class={`popover ${own ?? ""}`}
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !open.value) return;
        event.stopPropagation();
        open.value = false;
        root.current?.querySelector("button")?.focus();
      }}
    >
      <button
        type="button"
        aria-haspopup="dialog"
        aria-expanded={open.value}
        aria-controls={open.value ? id : undefined}
        aria-label={name ?? title}
        title={title}
        onClick={() => {
          open.value = !open.value;
        }}
      >
        {label}
      </button>
      {open.value && (
        <div id={id} class={end === true ? "panel end" : "panel"} role="dialog" aria-label={title}>
          {children}
        </div>
      )}
    </div>
  );
}
