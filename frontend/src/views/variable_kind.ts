/** What a variable is. Pure. */

import type {Variable} from '../api/types';
import type {Kind} from '../store/state';

/** By name, else by shape: what Keras, and most who name their own, call them. */
export function kindOf({name, shape}: Pick<Variable, 'name' | 'shape'>): Kind {
  const leaf = name.split(/[/.]/).at(-1) ?? name;
  if (/embedding/i.test(name) && shape.length === 2 && !/bias/i.test(leaf)) return 'embedding';
  if (/^(gamma|beta|moving_|scale$)/i.test(leaf) || (/norm(alization)?(_\d+)?[/.][^/.]*$/i.test(name) && shape.length < 2)) return 'normalization';
  if (/bias/i.test(leaf)) return 'bias';
  return shape.length >= 2 ? 'kernel' : 'other';
}
