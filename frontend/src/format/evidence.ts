/** Evidence of a finding for people. */
import type {EvidenceValue} from '../api/types';
import {formatCount, formatNumber} from './numbers';

/** A rule's name of a number, e.g. `largest_stable_rate`, as words. */
export function label(name: string): string {
  return name.replaceAll('_', ' ');
}

/** Whether the number is what others were held against. */
export function isThreshold(name: string): boolean {
  return /threshold|limit|at_least|at_most|expected/.test(name);
}

/** A value of evidence as text. */
export function formatEvidence(name: string, value: EvidenceValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (value !== null && Number.isInteger(value) && /step|count|units|layers|variables/.test(name)) return formatCount(value);
  return formatNumber(value);
}
