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

/** Whether there is a number to show: one that a rule could not tell is null or NaN. */
export function isKnown(value: EvidenceValue): boolean {
  return value !== null && !Number.isNaN(value);
}

/** A value of evidence as text. */
export function formatEvidence(name: string, value: EvidenceValue): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'string') return value;
  if (value !== null && Number.isInteger(value) && /step|count|units|layers|variables/.test(name)) return formatCount(value);
  return formatNumber(value);
}
