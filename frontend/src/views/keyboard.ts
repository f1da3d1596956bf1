/** Shortcuts that hold everywhere on the page. Charts have their own while they hold the focus. */
import {openView, zoomTo} from '../store/actions';
import {live, shortcutsOpen, sidebarOpen, type View} from '../store/state';

/** Key → what it does, in the order of the help. */
export const SHORTCUTS: readonly (readonly [key: string, meaning: string, act: () => void])[] = [
  ['1', 'Diagnosis', () => openView('diagnosis' satisfies View)],
  ['2', 'Layers', () => openView('layers')],
  ['3', 'Dynamics', () => openView('dynamics')],
  ['4', 'Optimizer', () => openView('optimizer')],
  ['5', 'Gradient check', () => openView('gradients')],
  ['6', 'Compare', () => openView('compare')],
  ['/', 'Filter runs', focusFilter],
  ['[', 'Show or hide the run list', () => (sidebarOpen.value = !sidebarOpen.value)],
  ['l', 'Live updates on or off', () => (live.value = !live.value)],
  ['Escape', 'Show all steps', () => zoomTo(null)],
  ['?', 'This list', () => (shortcutsOpen.value = true)],
];

function focusFilter(): void {
  sidebarOpen.value = true;
  requestAnimationFrame(() => document.getElementById('run-filter')?.focus());
}

/** Whether the key is meant for the element that has the focus. */
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input:not([type=checkbox]), textarea, select, dialog *, [role=grid], [role=application]');
}

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const found = SHORTCUTS.find(([key]) => key === event.key);
  if (!found) return;
  event.preventDefault();
  found[2]();
}

/** Listens until the returned function is called. */
export function followKeyboard(): () => void {
  document.addEventListener('keydown', press);
  return () => document.removeEventListener('keydown', press);
}
