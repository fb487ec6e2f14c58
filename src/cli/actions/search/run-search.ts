import { AbortError, DataError } from '../../../errors.ts';
import { installedCharts } from '../../../report/charts/chart-library.ts';
import { standing } from '../../../report/study/how-sure.ts';
import { readStudy } from '../../../search/journal/read-study.ts';
import { search } from '../../../search/search.ts';
import { type Interrupt, Interrupted } from '../../interrupt.ts';
import { output } from '../../output.ts';
import { expectWritable } from '../../result-file.ts';
import { trainBest } from './best-model.ts';
import { searchDriver } from './search-driver.ts';
import { SearchProgress } from './search-progress.ts';
import { type SearchCommandOptions, studyOfCommand } from './study-of-command.ts';
import { tellBest } from './tell-best.ts';
import { writeStudyReport } from './study-report.ts';

export async function runSearch(data: string, options: SearchCommandOptions, interrupt: Interrupt): Promise<void> {
  // What can be wrong with the command shows before any work is done.
  const study = await studyOfCommand(data, options);
  const { report, json, retryFailed, test } = options;
  if (report !== undefined) {
    await expectWritable(report, '.html');
    await installedCharts('search');
  }
  const out = output(json);
  const progress = new SearchProgress(out, options);
  const driver = searchDriver(options, (text) => progress.warn(text));
  const signal = interrupt.listen();
  try {
    await search(study, { driver, signal, retryFailed, ...progress.heard });
    const record = await readStudy(study.out);
    if (standing(record) === null) {
      const [first] = record.trials;
      throw new DataError(
        `search: a trial with a score was expected, but of ${record.trials.length} none has one: trial 0 ${first?.why ?? 'has none'}; mend that, and give --retry-failed`,
      );
    }
    progress.say('training the best trial once more, to save it');
    const best = await trainBest(record, study.out, test, interrupt);
    progress.end();
    await tellBest(out, record, best);
    if (report !== undefined) {
      await writeStudyReport(report, record, best);
      out.line(`the report is ${report}`);
    }
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    throw new Interrupted(
      `Ctrl-C stopped it; what was done is kept in ${JSON.stringify(study.out)}: the same command goes on`,
    );
  } finally {
    progress.end();
  }
}
