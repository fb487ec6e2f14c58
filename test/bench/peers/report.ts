import type { SizeName, WorkName, WorkSize } from '../../../src/report/work-sizes.ts';
import { formatTable } from '../../../src/report/table.ts';
import { type Finding, TOLERANCE } from './check.ts';
import type { PeerMeasurement } from './rounds.ts';

/** A table of a size: medians, and how many times those of keepgate's best system they are. */
export function sizeTable(
  here: readonly PeerMeasurement[],
  works: readonly WorkName[],
  size: SizeName,
  { batch, time, inputSize, hiddenSize }: WorkSize,
): string {
  const title = `${size}: B ${batch}, T ${time}, I ${inputSize}, H ${hiddenSize}`;
  const rows = [...new Set(here.map(({ system }) => system))].map((system) => {
    const of = (work: WorkName): PeerMeasurement | undefined =>
      here.find((one) => one.system === system && one.work === work);
    return [system, ...works.flatMap((work) => cells(here, of(work))), String(of('W2')?.peak_mb ?? '')];
  });
  const header = [title, ...works.flatMap((work) => [`${work} ms`, 'ratio']), 'W2 peak MB'];
  return formatTable([header, ...rows]);
}

function cells(all: readonly PeerMeasurement[], one: PeerMeasurement | undefined): string[] {
  if (!one) return ['', ''];
  const ours = all.filter(({ system, work }) => work === one.work && system.startsWith('keepgate'));
  const best = Math.min(...ours.map(({ median_ms }) => median_ms));
  return [short(one.median_ms), Number.isFinite(best) ? (one.median_ms / best).toFixed(2) : ''];
}

function short(ms: number): string {
  return ms.toFixed(ms < 10 ? 2 : ms < 100 ? 1 : 0);
}

/** A row a system, a column a work: how far its numbers are from keepgate's. */
export function checkTable(found: readonly Finding[], works: readonly WorkName[]): string {
  const rows = [...new Set(found.map(({ system }) => system))].map((system) => [
    system,
    ...works.map((work) => verdict(found.find((one) => one.system === system && one.work === work))),
  ]);
  return formatTable([['', ...works], ...rows]);
}

function verdict(finding: Finding | undefined): string {
  const error = finding?.error ?? null;
  if (error === null) return 'not asked';
  return `${error <= TOLERANCE ? 'same' : 'DIFFERENT'}, ${error.toExponential(0)}`;
}
