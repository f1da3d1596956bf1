/** Icons of 16 × 16, drawn with the current colour; what they mean always stands beside them in words. */
import type {JSX} from 'preact';

const PATHS = {
  error: 'M5.1 1.5h5.8l3.6 3.6v5.8l-3.6 3.6H5.1l-3.6-3.6V5.1zM8 4.4v4.4M8 11.1v.6',
  warning: 'M8 1.9 15 14H1zM8 6.2v3.9M8 11.7v.5',
  info: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 7.3v4.2M8 4.5v.6',
  ok: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM4.9 8.3l2.2 2.2 4-4.5',
  wait: 'M8 1.5a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM8 4.4V8l2.5 1.8',
  copy: 'M5.5 5.5h8v8h-8zM3.5 10.5h-1v-8h8v1',
  done: 'M2.8 8.6l3.3 3.3 7.1-7.8',
  link: 'M6.8 9.2 9.2 6.8M7.4 4.6l1.7-1.7a2.8 2.8 0 0 1 4 4l-1.7 1.7M8.6 11.4l-1.7 1.7a2.8 2.8 0 0 1-4-4l1.7-1.7',
  chevron: 'M5.8 3.2 10.6 8l-4.8 4.8',
  sidebar: 'M1.8 2.5h12.4v11H1.8zM6 2.5v11',
  close: 'M3.5 3.5l9 9M12.5 3.5l-9 9',
  pin: 'M3.5 14.5v-13M3.5 2.5h8.7l-2.4 3 2.4 3H3.5',
  arrow: 'M2.5 8h10.2M8.6 3.8 12.8 8l-4.2 4.2',
  branch: 'M3.5 1.5v6.2a3 3 0 0 0 3 3h6M9.6 7.6l3.1 3.1-3.1 3.1',
  download: 'M8 1.8v8M4.6 6.6 8 10l3.4-3.4M2 13.7h12',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({name}: {readonly name: IconName}): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
