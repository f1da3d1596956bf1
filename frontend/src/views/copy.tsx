/** Code that can be taken along. */
import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import {Icon} from './icons';

const SAID_FOR_MS = 1600;

/** Puts text on the clipboard; pages without a secure origin have only the old way. */
async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'offscreen';
  document.body.append(area);
  area.select();
  const done = document.execCommand('copy');
  area.remove();
  return done;
}

/** A button that copies `text` and says so. */
export function CopyButton({text, label}: {readonly text: string; readonly label: string}): JSX.Element {
  const [said, setSaid] = useState('');
  const press = async (): Promise<void> => {
    setSaid((await copy(text)) ? 'Copied' : 'Not allowed');
    setTimeout(() => setSaid(''), SAID_FOR_MS);
  };
  return (
    <button type="button" class="button quiet" aria-label={label} title={label} onClick={() => void press()}>
      <Icon name={said === 'Copied' ? 'done' : 'copy'} />
      <span role="status">{said}</span>
    </button>
  );
}

/** A block of code with its copy button. */
export function Code({text}: {readonly text: string}): JSX.Element {
  return (
    <div class="code">
      <pre tabIndex={0}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label="Copy code" />
    </div>
  );
}
