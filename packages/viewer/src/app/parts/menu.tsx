import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { type Action, frameActions } from "../frame-actions.ts";
import type { Store } from "../store.ts";
import { useCall } from "../use-call.ts";

/** The menu of a frame, where it was asked for. Arrow keys move, Escape closes. */
export function FrameMenu({ store }: { readonly store: Store }): JSX.Element | null {
  const asked = store.menu.value;
  const data = store.spec.value;
  const about = useCall(
    store,
    "function",
    asked === undefined || data === undefined ? undefined : { data, name: asked.subject.name },
  );
  if (asked === undefined) return null;
  const close = (): void => {
    store.menu.value = undefined;
  };
  const actions = frameActions(store, asked.subject, about.value.value?.library);
  return <Menu title={asked.subject.name} x={asked.x} y={asked.y} actions={actions} onClose={close} />;
}

function Menu({
  title,
  x,
  y,
  actions,
  onClose,
}: {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly actions: readonly Action[];
  readonly onClose: () => void;
}): JSX.Element {
  const node = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    items(node.current)[0]?.focus();
    const outside = (event: Event): void => {
      if (!node.current?.contains(event.target as Node)) onClose();
    };
    document.addEventListener("pointerdown", outside);
    return () => {
      document.removeEventListener("pointerdown", outside);
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  useLayoutEffect(() => {
    const { style, offsetWidth, offsetHeight } = node.current!;
    style.left = `${Math.max(4, Math.min(x, innerWidth - offsetWidth - 4))}px`;
    style.top = `${Math.max(4, Math.min(y, innerHeight - offsetHeight - 4))}px`;
  }, [x, y, actions.length]);
  return (
    <div
      class="menu"
      role="menu"
      aria-label={title}
      ref={node}
      onKeyDown={(event) => moveFocus(event, node.current, onClose)}
    >
      <div class="menu-title" role="presentation">
        {title}
      </div>
      {actions.map((action) =>
        action.href === undefined ? (
          <button
            type="button"
            role="menuitem"
            key={action.title}
            onClick={() => {
              onClose();
              action.run();
            }}
          >
            {action.title}
          </button>
        ) : (
          <a role="menuitem" key={action.title} href={action.href} onClick={onClose}>
            {action.title}
          </a>
        ),
      )}
    </div>
  );
}

function items(menu: HTMLElement | null): HTMLElement[] {
  return [...(menu?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
}

function moveFocus(event: KeyboardEvent, menu: HTMLElement | null, close: () => void): void {
  const all = items(menu);
  const at = all.indexOf(document.activeElement as HTMLElement);
  const targets: Record<string, number> = {
    ArrowDown: (at + 1) % all.length,
    ArrowUp: (at - 1 + all.length) % all.length,
    Home: 0,
    End: all.length - 1,
  };
  const target = targets[event.key];
  if (event.key === "Escape" || event.key === "Tab") close();
  else if (target === undefined) return;
  else all[target]?.focus();
  event.preventDefault();
  event.stopPropagation();
}
