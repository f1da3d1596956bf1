/** How steps that share a column of a heatmap are joined; the worst is never averaged away. */

import {signal} from '@preact/signals';
import type {Pool} from '../api/types';

export const pool = signal<Pool>('max');
