/** A process of a pool: does what it is told, one work after the other, until its parent ends it or is gone. */
import { hearParent, machineInWords } from '#platform/process/children.js';
import { DataError, messageOf } from '../../errors.ts';
import type { Places } from '../job.ts';
import { Runner } from '../runner.ts';
import type { Work } from '../works/work.ts';
import type { FromChild, ToChild } from './messages.ts';

let places: Places | null = null;
let runner: Runner | null = null;

const parent = hearParent(async (message) => {
  const told = message as ToChild;
  if ('places' in told) {
    places = told.places;
    runner = new Runner(places, machineInWords());
    return;
  }
  parent.send({ begun: true } satisfies FromChild);
  let answer: FromChild;
  try {
    answer = { result: await run(told.work) };
  } catch (error) {
    answer = { error: messageOf(error), isOfPlace: error instanceof DataError };
  }
  parent.send(answer);
});

async function run(work: Work): Promise<unknown> {
  switch (work.format) {
    case 'keepgate-job-1':
      return (runner as Runner).run(work);
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
