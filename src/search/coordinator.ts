import { OptionError } from '../errors.ts';
import { meanOf } from '../train/comparison/spread.ts';
import { type EpochScores, type Job, type JobResult, jobId } from './job.ts';
import {
  OPERATIONS,
  scoreEntry,
  stateEntry,
  studyAttribute,
  studyEntry,
  timestamp,
  trialAttribute,
  trialEntries,
} from './journal/entries.ts';
import type { Journal } from './journal/journal.ts';
import type { Observed } from './samplers/sampler.ts';
import type { Params } from './space.ts';
import type { Study } from './study.ts';

/** The attribute of a study that says up to how many trials it went, one a time that it was asked for more. */
const TRIALS = 'keepgate:trials';

/** A trial as the coordinator knows it. */
export interface TrialState {
  readonly number: number;
  readonly params: Params;
  /** What it came to at each rung that is over, the lower the better; null where its training failed or diverged. */
  readonly losses: (number | null)[];
  /** By seed and fold, the scores of all epochs so far. */
  readonly curves: EpochScores[][];
  /** The jobs of the rung that was last begun. */
  jobs: readonly string[];
  underWay: boolean;
  ended: boolean;
  failed: string | null;
}

/** A rung of a trial that is under way. */
interface Task {
  readonly trial: TrialState;
  readonly from: number;
  readonly to: number;
  readonly results: Promise<readonly JobResult[]>;
}

/** What the coordinator asks of others. */
export interface Hands {
  run(job: Job): Promise<JobResult>;
  /** What jobs had kept for their next rung is not needed any more. */
  forget(jobs: readonly string[]): Promise<void>;
  /** A rung of a trial is over. */
  onRung(trial: TrialState, epochs: number): void;
}

/**
 * Decides what is trained next, and alone writes the journal. Rungs are taken in in the order in which they were begun, whenever they end, and at
 * most `parallel` of them are under way: so all that it decides follows from the study, and machines and their speed change nothing
 * of the journal. It goes on by going through all of it again: what was trained is there at once.
 */
export class Coordinator {
  readonly #study: Study;
  readonly #journal: Journal;
  readonly #hands: Hands;
  readonly trials: TrialState[] = [];

  constructor(study: Study, journal: Journal, hands: Hands) {
    this.#study = study;
    this.#journal = journal;
    this.#hands = hands;
  }

  /** @throws OptionError for fewer trials than the study has; and whatever a driver or the journal throws */
  async run(): Promise<void> {
    const { name, mode, json, trials } = this.#study;
    const asked = this.#journal.entries.flatMap(({ op_code, user_attr }) => {
      const total: unknown = op_code === OPERATIONS.studyAttribute ? Object(user_attr)[TRIALS] : undefined;
      return typeof total === 'number' ? [total] : [];
    });
    const last = asked.at(-1) ?? 0;
    if (trials < last) {
      throw new OptionError(
        `search: at least ${last} trials were expected, as the study has so many, but ${trials} came`,
      );
    }
    await this.#journal.put([studyEntry(name, mode), studyAttribute('keepgate:study', json)]);
    for (const total of trials > last ? [...asked, trials] : asked) {
      await this.#journal.put([studyAttribute(TRIALS, total)]);
      await this.#runUpTo(total);
      await this.#end();
    }
    this.#journal.end();
  }

  async #runUpTo(total: number): Promise<void> {
    const { parallel, sampler } = this.#study;
    const most = Math.min(total, sampler.trials);
    const underWay: Task[] = [];
    for (;;) {
      while (underWay.length < parallel) {
        const task = await this.#next(most);
        if (task === null) break;
        underWay.push(task);
      }
      const first = underWay.shift();
      if (!first) return;
      await this.#takeIn(first, await first.results);
    }
  }

  /** The next rung of the best trial that may go on, or the first of a new one; null where there is nothing to do but to wait. */
  async #next(most: number): Promise<Task | null> {
    const { pruner } = this.#study;
    const promoted = pruner.promote(this.trials);
    if (promoted !== null) return this.#begin(this.trials[promoted] as TrialState);
    if (this.trials.length >= most) return null;
    const { sampler, space, seeds, folds } = this.#study;
    const number = this.trials.length;
    const params = sampler.ask(number, this.#history());
    const trial: TrialState = {
      number,
      params,
      losses: [],
      curves: Array.from({ length: seeds.length * folds }, () => []),
      jobs: [],
      underWay: false,
      ended: false,
      failed: null,
    };
    this.trials.push(trial);
    await this.#journal.put(trialEntries(number, params, space.dimensions, timestamp()));
    return this.#begin(trial);
  }

  async #begin(trial: TrialState): Promise<Task> {
    const { pruner, task, seeds, folds, version } = this.#study;
    const rungs = pruner.rungs(trial.number);
    const [from, to] = [rungs[trial.losses.length - 1] ?? 0, rungs[trial.losses.length] as number];
    const before = trial.jobs;
    const jobs = seeds.flatMap((seed, s) =>
      Array.from({ length: folds }, (_, fold): Job => {
        const { params } = trial;
        const at = before[s * folds + fold] ?? null;
        return { format: 'keepgate-job-1', keepgate: version, task, params, seed, fold, from, to, before: at };
      }),
    );
    trial.jobs = await Promise.all(jobs.map(jobId));
    trial.underWay = true;
    await this.#journal.put([trialAttribute(trial.number, `keepgate:jobs to ${to}`, trial.jobs)]);
    const results = Promise.all(jobs.map((job) => this.#hands.run(job))).then(async (all) => {
      await this.#hands.forget(before);
      return all;
    });
    // Heard when its turn comes.
    results.catch(() => {});
    return { trial, from, to, results };
  }

  async #takeIn({ trial, from, to }: Task, results: readonly JobResult[]): Promise<void> {
    const { number, curves } = trial;
    trial.underWay = false;
    const failed = this.#failureIn(results);
    const diverged = results.find((result) => 'diverged' in result);
    if (failed !== null || diverged) {
      trial.losses.push(null);
      trial.failed = failed;
      const why = failed ?? (diverged as { readonly diverged: string }).diverged;
      const entries = [trialAttribute(number, failed === null ? 'keepgate:diverged' : 'keepgate:failed', why)];
      trial.ended = failed !== null;
      if (trial.ended) entries.push(stateEntry(number, 'failed', null, timestamp()));
      await this.#journal.put(entries);
    } else {
      for (const [i, result] of results.entries()) {
        curves[i]?.push(...(result as { readonly scores: readonly EpochScores[] }).scores);
      }
      await this.#score(trial, from, to);
    }
    this.#hands.onRung(trial, to);
  }

  async #score(trial: TrialState, from: number, to: number): Promise<void> {
    const { mode, pruner, monitor } = this.#study;
    const { number, curves } = trial;
    const sign = mode === 'max' ? -1 : 1;
    const scoreAt = (curve: readonly EpochScores[], epoch: number): number => curve[epoch - 1]?.[monitor] as number;
    const entries = Array.from({ length: to - from }, (_, i) =>
      scoreEntry(number, from + i + 1, meanOf(curves.map((curve) => scoreAt(curve, from + i + 1)))),
    );
    const best = curves.map((curve) => sign * Math.min(...curve.map((scores) => sign * (scores[monitor] as number))));
    const score = meanOf(best);
    trial.losses.push(sign * score);
    entries.push(trialAttribute(number, `keepgate:score to ${to}`, { mean: score, each: best }));
    if (trial.losses.length === pruner.rungs(number).length) {
      trial.ended = true;
      entries.push(stateEntry(number, 'complete', score, timestamp()));
    }
    await this.#journal.put(entries);
  }

  /** Why a trial failed: also where it was not scored by what trials are compared by. */
  #failureIn(results: readonly JobResult[]): string | null {
    const { monitor } = this.#study;
    for (const result of results) {
      if ('failed' in result) return result.failed;
      const lacking = result.scores.find((scores) => !Object.hasOwn(scores, monitor));
      if (lacking) return `a score ${monitor} was expected, but ${Object.keys(lacking).join(', ') || 'none'} came`;
    }
    return null;
  }

  /** Trials that wait for a promotion, which nobody gives any more, end where they are. */
  async #end(): Promise<void> {
    const waiting = this.trials.filter(({ ended }) => !ended);
    const sign = this.#study.mode === 'max' ? -1 : 1;
    const entries = waiting.map((trial) => {
      trial.ended = true;
      const loss = trial.losses.at(-1) ?? null;
      return stateEntry(trial.number, 'pruned', loss === null ? null : sign * loss, timestamp());
    });
    await this.#journal.put(entries);
    for (const { jobs } of this.trials) await this.#hands.forget(jobs);
  }

  /** What a sampler sees. A failed trial says nothing of its params. */
  #history(): readonly Observed[] {
    const { pruner } = this.#study;
    return this.trials.flatMap((trial): Observed[] => {
      const { number, params, losses, failed } = trial;
      if (failed !== null) return [];
      const rungs = pruner.rungs(number);
      const isComplete = losses.length === rungs.length && losses.at(-1) !== null;
      const state = losses.length === 0 ? 'first' : isComplete ? 'complete' : 'halted';
      return [{ params, epochs: rungs[losses.length - 1] ?? 0, loss: losses.at(-1) ?? null, state }];
    });
  }
}
