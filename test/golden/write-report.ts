/** Writes test/golden/report.html anew: npx tsx test/golden/write-report.ts */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { report, variational, zoneout } from 'keepgate';
import { historyOf, plansOf } from '../helpers/reports.ts';

/** The report of a small run: curves, and the masks of a batch. */
export function goldenReport(): Promise<string> {
  const scheme = [...variational({ recurrent: 0.5 }), ...zoneout({ hidden: 0.25, scope: 'step' })];
  return report(historyOf(6, { turn: 2 }), { title: 'A small run', plans: plansOf(scheme) });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(new URL('report.html', import.meta.url), await goldenReport());
}
