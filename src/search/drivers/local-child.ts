/** A process of the driver `local`: runs the jobs that it is told of, one after the other, until its parent ends it or is gone. */
import { hearParent, machineInWords } from '#platform/process/children.js';
import { messageOf } from '../../errors.ts';
import { Runner } from '../runner.ts';
import type { FromChild, ToChild } from './messages.ts';

let runner: Runner | null = null;

const parent = hearParent(async (message) => {
  const told = message as ToChild;
  if ('places' in told) {
    runner = new Runner(told.places, machineInWords());
    return;
  }
  parent.send({ begun: true } satisfies FromChild);
  let answer: FromChild;
  try {
    answer = { result: await (runner as Runner).run(told.job) };
  } catch (error) {
    answer = { error: messageOf(error) };
  }
  parent.send(answer);
});
