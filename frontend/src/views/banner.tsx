/** One line over the view while the server does not answer; what was loaded stays. */
import type {JSX} from 'preact';
import type {ApiError} from '../api/types';
import {refresh} from '../store/reloading';
import {phase, trouble} from '../store/state';
import {Icon} from './icons';

function sentence(error: ApiError): string {
  switch (error.kind) {
    case 'offline':
      return 'TensorBoard does not answer. Is it still running?';
    case 'http':
      return `TensorBoard answered with an error (${error.status}): ${error.message}`;
    case 'malformed':
      return `TensorBoard’s answer could not be read: ${error.message}`;
    case 'schema':
      return `Version mismatch: ${error.message}.`;
    case 'aborted':
      return 'The request was cancelled.';
  }
}

export function Banner(): JSX.Element | null {
  if (trouble.value === null) return null;
  return (
    <div class="banner tone-error" role="alert">
      <Icon name="error" />
      <span>
        {sentence(trouble.value)} {phase.value === 'ready' && 'What you see is from before.'}
      </span>
      <button type="button" class="button" onClick={() => void refresh()}>
        Try again
      </button>
    </div>
  );
}
