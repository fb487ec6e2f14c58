/** A process of a pool: does what it is told, one work after the other, until its parent ends it or is gone. */
import { hearParent, machineInWords } from '#platform/process/children.js';
import { DataError, messageOf } from '../../errors.ts';
import type { Places } from '../job.ts';
import { Runner } from '../runner.ts';
import type { Work } from '../works/work.ts';
import type { FromChild, ToChild } from './messages.ts';

let places: Places | null = null;
let runner: Runner | null = null;
let work: Work | null = null;
const controller = new AbortController();

const parent = hearParent(async (message) => {
  const told = message as ToChild;
  if ('places' in told) {
    places = told.places;
    runner = new Runner(places, machineInWords());
    return;
  }
  if ('stop' in told) {
    controller.abort();
    // What else there is to do has no steps.
    if (!isTraining()) parent.send({ stopped: true } satisfies FromChild);
    return;
  }
  parent.send({ begun: true } satisfies FromChild);
  work = told.work;
  let answer: FromChild;
  try {
    answer = { result: await run(work) };
  } catch (error) {
    answer = controller.signal.aborted
      ? { stopped: true }
      : { error: messageOf(error), isOfPlace: error instanceof DataError };
  }
  work = null;
  parent.send(answer);
});

function isTraining(): boolean {
  return work?.format === 'keepgate-job-1' && work.task.kind === 'texts';
}

async function run(work: Work): Promise<unknown> {
  switch (work.format) {
    case 'keepgate-job-1':
      return (runner as Runner).run(work, controller.signal);
    case 'keepgate-passes-1': {
      const { runPasses } = await import('../works/passes.ts');
      return runPasses(work, (places as Places).model as string);
    }
    case 'keepgate-verify-1': {
      const { runVerification } = await import('../works/verify-subject.ts');
      return runVerification(work, (places as Places).module);
    }
  }
}
