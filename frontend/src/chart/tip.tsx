/** A tooltip beside the pointer that never leaves its box. */

import type {ComponentChildren} from 'preact';
import type {Point} from './drag';

const AWAY = 14;

/** Right of and below the point, or on its other side where there is no room. */
export function Tip({at, width, height, children}: {at: Point; width: number; height: number; children: ComponentChildren}) {
  const horizontal = at.x > width / 2 ? {right: `${width - at.x + AWAY}px`} : {left: `${at.x + AWAY}px`};
  const vertical = at.y > height / 2 ? {bottom: `${height - at.y + AWAY}px`} : {top: `${at.y + AWAY}px`};
  return (
    <div class="tip" role="presentation" style={{...horizontal, ...vertical}}>
      {children}
    </div>
  );
}
