/** The list of keyboard shortcuts, as a dialog. */
import type {JSX} from 'preact';
import {useEffect, useRef} from 'preact/hooks';
import {shortcutsOpen} from '../store/state';
import {Icon} from './icons';
import {SHORTCUTS} from './keyboard';
import {startTour} from './tour';

const IN_CHARTS: readonly (readonly [string, string])[] = [
  ['← →', 'Move the cursor by a step, with Shift by ten'],
  ['↑ ↓', 'Move among layers'],
  ['+ −', 'Zoom in or out'],
  ['Enter', 'Pick out the layer and its step'],
  ['g', 'Open or close the layer'],
  ['drag', 'Zoom to the steps dragged over; double-click shows all'],
];

export function Shortcuts(): JSX.Element | null {
  const dialog = useRef<HTMLDialogElement>(null);
  const open = shortcutsOpen.value;
  useEffect(() => {
    if (open) dialog.current?.showModal();
  }, [open]);
  if (!open) return null;
  const close = (): void => void (shortcutsOpen.value = false);
  return (
    <dialog ref={dialog} class="dialog" aria-labelledby="shortcuts-title" onClose={close} onClick={(e) => e.target === dialog.current && close()}>
      <div class="dialog-head">
        <h2 id="shortcuts-title">Keyboard</h2>
        <button type="button" class="button quiet" aria-label="Close" onClick={close}>
          <Icon name="close" />
        </button>
      </div>
      <Keys items={SHORTCUTS} />
      <h3>In charts</h3>
      <Keys items={IN_CHARTS} />
      <button
        type="button"
        class="button"
        onClick={() => {
          close();
          startTour();
        }}
      >
        Show me round
      </button>
    </dialog>
  );
}

function Keys({items}: {readonly items: readonly (readonly [string, string, ...unknown[]])[]}): JSX.Element {
  return (
    <dl class="keys">
      {items.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key === 'Escape' ? 'Esc' : key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
