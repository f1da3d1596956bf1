/** The shape of what is about to come. */
import type {JSX} from 'preact';

export function Skeleton({label}: {readonly label: string}): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      <i />
      <i />
      <i />
    </div>
  );
}
