/** Bytes and JSON of the HTTP API → typed values. Pure; a payload that does not fit raises {@link PayloadError}. */
import {
  SCHEMA,
  type ComparisonPayload,
  type Diagnosis,
  type DiagnosisPayload,
  type Finding,
  type GradientCheckPayload,
  type Lines,
  type OptimizerPayload,
  type Profile,
  type RunsPayload,
  type StatisticsPayload,
  type ThresholdsPayload,
  type Tile,
  type VariablesPayload,
} from './types';

/** The answer is not what http_api.md promises. */
export class PayloadError extends Error {}

/** The answer follows another schema than the one this bundle was built for. */
export class SchemaError extends Error {
  constructor(readonly found: number) {
    super(`the server speaks schema ${found}, this page schema ${SCHEMA}: reload the page, or restart TensorBoard`);
  }
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new PayloadError(`${what}: expected an object`);
  return value as Fields;
}

function list(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new PayloadError(`${what}: expected a list`);
  return value as readonly unknown[];
}

const SPECIAL: Readonly<Record<string, number>> = {NaN, Infinity, '-Infinity': -Infinity};

/** A JSON number, one of the strings that stand for NaN and infinities, or `null`. */
export function number(value: unknown): number | null {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value in SPECIAL) return SPECIAL[value] ?? null;
  return null;
}

function checkSchema(payload: Fields): void {
  if (payload['schema'] !== SCHEMA) throw new SchemaError(Number(payload['schema']));
}

/** `./runs`. */
export function decodeRuns(json: unknown): RunsPayload {
  const payload = fields(json, 'runs');
  checkSchema(payload);
  list(payload['runs'], 'runs');
  return payload as unknown as RunsPayload;
}

function decodeFinding(json: unknown): Finding {
  const finding = fields(json, 'finding');
  const evidence = Object.entries(fields(finding['evidence'] ?? {}, 'evidence'));
  const restored = evidence.map(([name, v]) => [name, typeof v === 'string' ? (number(v) ?? v) : v]);
  return {expect: '', explained_by: null, title: '', ...finding, evidence: Object.fromEntries(restored)} as unknown as Finding;
}

function decodeOne(json: unknown): Diagnosis {
  const run = fields(json, 'diagnosis');
  return {verdict: '', notes: [], ...run, findings: list(run['findings'], 'findings').map(decodeFinding)} as unknown as Diagnosis;
}

/** `./diagnosis`. */
export function decodeDiagnosis(json: unknown): DiagnosisPayload {
  const payload = fields(json, 'diagnosis');
  checkSchema(payload);
  return {schema: SCHEMA, runs: list(payload['runs'], 'runs').map(decodeOne)};
}

/** `./variables`. */
export function decodeVariables(json: unknown): VariablesPayload {
  const payload = fields(json, 'variables');
  list(payload['variables'], 'variables');
  return {step_statistics: [], ...payload} as unknown as VariablesPayload;
}

/** `./statistics`. */
export function decodeStatistics(json: unknown): StatisticsPayload {
  const payload = fields(json, 'statistics');
  list(payload['statistics'], 'statistics');
  return payload as unknown as StatisticsPayload;
}

/** `./profile`. */
export function decodeProfile(json: unknown): Profile {
  const payload = fields(json, 'profile');
  return {...payload, values: list(payload['values'], 'values').map(number)} as unknown as Profile;
}

/** `./optimizer`. */
export function decodeOptimizer(json: unknown): OptimizerPayload {
  const payload = fields(json, 'optimizer');
  list(payload['settings'], 'settings');
  if (payload['stability'] === null) return payload as unknown as OptimizerPayload;
  const stability = fields(payload['stability'], 'stability');
  const regions = list(stability['regions'], 'regions').map((region) => {
    const {behaviour, start, end} = fields(region, 'region');
    return {behaviour, start: number(start) ?? 0, end: number(end) ?? Infinity};
  });
  return {...payload, stability: {...stability, regions}} as unknown as OptimizerPayload;
}

/** `./thresholds`. */
export function decodeThresholds(json: unknown): ThresholdsPayload {
  const payload = fields(json, 'thresholds');
  const thresholds = list(payload['thresholds'], 'thresholds').map((item) => {
    const {default: usual, value, ...rest} = fields(item, 'threshold');
    return {...rest, default: number(usual) ?? NaN, value: number(value) ?? NaN};
  });
  return {...payload, thresholds} as unknown as ThresholdsPayload;
}

/** `./gradient_check`. */
export function decodeGradientCheck(json: unknown): GradientCheckPayload {
  const payload = fields(json, 'gradient check');
  list(payload['variables'], 'variables');
  fields(payload['passive'], 'passive');
  return payload as unknown as GradientCheckPayload;
}

/** `./comparison`. */
export function decodeComparison(json: unknown): ComparisonPayload {
  const payload = fields(json, 'comparison');
  checkSchema(payload);
  const differences = list(payload['differences'], 'differences').map((d) => decodeDifference(d));
  const explanation = payload['explanation'] === null ? null : decodeDifference(payload['explanation']);
  return {...payload, differences, explanation} as unknown as ComparisonPayload;
}

function decodeDifference(json: unknown): Fields {
  const difference = fields(json, 'difference');
  return {...difference, values: list(difference['values'], 'values').map((v) => (typeof v === 'string' ? (number(v) ?? v) : v))};
}

/** Takes one array after another out of a body; the header's padding keeps float64 aligned. */
class Cursor {
  #offset: number;
  constructor(private readonly buffer: ArrayBuffer, offset: number) {
    this.#offset = offset;
  }
  floats(count: number): Float64Array {
    const start = this.#take(count * 8);
    return new Float64Array(this.buffer, start, count); // little-endian, as is every platform with a browser
  }
  bytes(count: number): Uint8Array {
    const start = this.#take(count);
    return new Uint8Array(this.buffer, start, count);
  }
  end(): void {
    if (this.#offset !== this.buffer.byteLength) throw new PayloadError(`${this.buffer.byteLength - this.#offset} bytes too many`);
  }
  #take(size: number): number {
    const start = this.#offset;
    this.#offset += size;
    if (this.#offset > this.buffer.byteLength) throw new PayloadError(`expected ${this.#offset} bytes, got ${this.buffer.byteLength}`);
    return start;
  }
}

const LENGTH_FIELD = 4;

function open(buffer: ArrayBuffer): {header: Fields; cursor: Cursor} {
  if (buffer.byteLength < LENGTH_FIELD) throw new PayloadError('the answer has no header');
  const size = new DataView(buffer).getUint32(0, true);
  const end = LENGTH_FIELD + size;
  if (end > buffer.byteLength || end % 8 !== 0) throw new PayloadError(`a header of ${size} bytes does not fit`);
  const text = new TextDecoder().decode(new Uint8Array(buffer, LENGTH_FIELD, size));
  return {header: fields(JSON.parse(text) as unknown, 'header'), cursor: new Cursor(buffer, end)};
}

/** `./tile`. */
export function decodeTile(buffer: ArrayBuffer): Tile {
  const {header, cursor} = open(buffer);
  const rows = Number(header['rows']);
  const columns = Number(header['columns']);
  const firstStep = cursor.floats(columns);
  const lastStep = cursor.floats(columns);
  const codes = cursor.bytes(rows * columns);
  cursor.end();
  const low = number(header['low']) ?? 0;
  const high = number(header['high']) ?? 1;
  const names = list(header['names'] ?? [], 'names');
  return {...header, rows, columns, low, high, names, firstStep, lastStep, codes} as unknown as Tile;
}

/** `./lines`. */
export function decodeLines(buffer: ArrayBuffer): Lines {
  const {header, cursor} = open(buffer);
  const points = Number(header['points']);
  const decimated = header['decimated'] === true;
  const envelope = header['envelope'] === true;
  const step = cursor.floats(points);
  const wallTime = cursor.floats(points);
  const series = list(header['series'], 'series').map((name) => {
    const last = cursor.floats(points);
    const min = envelope ? cursor.floats(points) : last;
    const max = envelope ? cursor.floats(points) : last;
    return {name: String(name), last, min, max};
  });
  cursor.end();
  return {...header, points, decimated, envelope, step, wallTime, series} as unknown as Lines;
}
