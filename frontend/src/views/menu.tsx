/** A few controls behind a button: what is rarely changed should not stand in the way of what is looked at. */

import type {ComponentChildren, JSX} from 'preact';
import {useRef} from 'preact/hooks';
import {Icon} from './icons';

interface MenuProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Menu({title, children}: MenuProps): JSX.Element {
  const menu = useRef<HTMLDetailsElement>(null);
  const close = (): void => menu.current?.removeAttribute('open');
  return (
    <details
      class="menu display"
      ref={menu}
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
