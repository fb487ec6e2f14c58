import { readBytes } from '#platform/files.js';
import type { Ops } from '../../engines/ops.ts';
import { DataError } from '../../errors.ts';
import { type Conformance, conform, expectFixtures, type Fixture } from '../../verify/conform.ts';
import { CheckFailed, output } from '../output.ts';
import { type EngineChoice, withEngine } from '../engine-option.ts';

export interface ConformOptions extends EngineChoice {
  readonly tolerance?: number;
}

/** What an engine's number format allows, relative to max(1, |expected|). */
const TOLERANCE = { float64: 1e-9, float32: 1e-5 };

export async function runConform(file: string, options: ConformOptions): Promise<void> {
  await withEngine(options, (engine) => check(file, engine, options));
}

async function check(path: string, engine: Ops, options: ConformOptions): Promise<void> {
  const out = output(options.json);
  const tolerance = options.tolerance ?? TOLERANCE[engine.dtype];
  const fixtures = await readFixtures(path);
  const passes = ({ largest }: Conformance): boolean => largest <= tolerance;

  const results: Conformance[] = [];
  for (const fixture of fixtures) {
    const result = await conform(fixture, engine);
    results.push(result);
    out.record({ ...result, passed: passes(result) });
  }
  const rows = results.map((result) => {
    const [worst] = Object.entries(result.errors).sort(([, a], [, b]) => b - a);
    return [result.name, result.largest.toExponential(1), worst?.[0] ?? '', passes(result) ? 'ok' : 'FAILED'];
  });
  const failed = results.filter((result) => !passes(result)).length;
  out.table([['case', 'largest error', 'of', ''], ...rows]);
  out.line(`${engine.describe()}: ${results.length - failed} of ${results.length} cases within ${tolerance}`);
  if (failed > 0) throw new CheckFailed();
}

async function readFixtures(path: string): Promise<readonly Fixture[]> {
  const bytes = await readBytes(path).catch((error: NodeJS.ErrnoException) => {
    throw new DataError(
      `conform: a file of fixtures was expected at ${path}, but it cannot be read (${error.code}); check the path`,
    );
  });
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes[0] === 0x1f && bytes[1] === 0x8b ? await unzip(bytes) : bytes));
  } catch {
    throw new DataError(
      `conform: JSON, gzipped or not, was expected in ${path}, but it is neither; see test/golden/README.md`,
    );
  }
  return expectFixtures(value);
}

async function unzip(gzipped: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const stream = new Blob([gzipped]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Response(stream).arrayBuffer();
}
