/** How Layers and Compare show their tiles. */

import {signal} from '@preact/signals';
import type {Pool} from '../api/types';

/** How steps that share a column of a heatmap are joined; the worst is never averaged away. */
export const pool = signal<Pool>('max');
/** Whether the range of colours leaves out the lowest and the highest percent of values. */
export const trimmed = signal(false);
