/** A few controls behind a button: what is rarely changed should not stand in the way of what is looked at. */

import type {ComponentChildren, JSX} from 'preact';
import {useRef} from 'preact/hooks';
import {Icon} from './icons';

interface MenuProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

/** Room between the panel of an open menu and the edge of the page, in CSS pixels. */
const MARGIN = 8;

/** Moves what would stand out of the page back into it. */
function keepInside(panel: HTMLElement | null): void {
  if (!panel) return;
  panel.style.translate = '';
  const beyond = panel.getBoundingClientRect().right - (document.documentElement.clientWidth - MARGIN);
  if (beyond > 0) panel.style.translate = `${-beyond}px`;
}

export function Menu({title, children}: MenuProps): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute('open');
  return (
    <details
      class="menu display"
      ref={menu}
      onToggle={(e) => keepInside(e.currentTarget.querySelector<HTMLElement>('.menu-panel'))}
      onFocusOut={(e) => e.relatedTarget && !menu.current?.contains(e.relatedTarget as Node) && close()}
      onKeyDown={(e) => {
        if (e.key !== 'Escape' || !menu.current?.open) return;
        e.stopPropagation(); // it closes the menu, and resets no zoom
        close();
        menu.current.querySelector('summary')?.focus();
      }}
    >
      <summary class="button">{title} <Icon name="chevron" /></summary>
      <div class="menu-panel" tabIndex={-1}>{children}</div>
    </details>
  );
}
