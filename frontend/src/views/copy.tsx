/** Code that can be taken along. */
import type {JSX} from 'preact';
import {useState} from 'preact/hooks';
import {Icon, type IconName} from './icons';

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

interface Props {
  /** What is copied, or what tells it at the moment of copying. */
  readonly text: string | (() => string);
  readonly label: string;
  readonly icon?: IconName;
}

/** A button that copies `text` and says so. */
export function CopyButton({text, label, icon = 'copy'}: Props): JSX.Element {
  const [said, setSaid] = useState('');
  const press = async (): Promise<void> => {
    setSaid((await copy(typeof text === 'string' ? text : text())) ? 'Copied' : 'Not allowed');
    setTimeout(() => setSaid(''), SAID_FOR_MS);
  };
  return (
    <button type="button" class="button quiet" aria-label={label} title={label} onClick={() => void press()}>
      <Icon name={said === 'Copied' ? 'done' : icon} />
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
