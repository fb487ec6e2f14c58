/**
 * How often the verifier accuses a layer that is right: honest layers of every cell and scheme, each seed with the next
 * of them. Run by hand, as it takes minutes: npx tsx test/gallery/false-alarms.ts [seeds] [first seed] [runs]
 */
import { verify } from '../../src/verify/verify.ts';
import { HONEST } from './honest-subjects.ts';

const [seeds = 1000, first = 1, runs = 8] = process.argv.slice(2).map(Number);

let alarms = 0;
let properties = 0;
for (let seed = first; seed < first + seeds; seed++) {
  const honest = HONEST[seed % HONEST.length];
  if (!honest) continue;
  const report = await verify(honest.subject(), { seed, runs });
  properties += report.properties.length;
  alarms += report.passed ? 0 : 1;
  for (const { name, passed, detail } of report.properties) {
    if (!passed) console.log(`seed ${seed}, ${honest.name}: ${name}: ${detail}`);
  }
}
const minutes = (process.cpuUsage().user / 6e7).toFixed(1);
console.log(
  `${alarms} of ${seeds} honest layers accused, ${properties} properties held up, ${minutes} minutes of one core`,
);
