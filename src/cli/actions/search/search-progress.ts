import { cores } from '#platform/process/children.js';
import { terminalBar, terminalWidth } from '#platform/process/terminal.js';
import { counts } from '../../../report/run/in-words.ts';
import { scoreInWords } from '../../../report/score-in-words.ts';
import { metricOf } from '../../../report/study/study-record.ts';
import type { JobProgress, SearchOptions, SearchPlan, TrialResult } from '../../../search/search.ts';
import { bar, duration } from '../../../train/callbacks/progress-line.ts';
import type { Output } from '../../output.ts';

type Heard = Required<Pick<SearchOptions, 'onBegin' | 'onJob' | 'onTrial'>>;

/** Where nobody knows how many processes there are, so many count. */
const MOST_AT_FIRST = 64;

/** Says how far a search is: the budget first, a line and a record for each rung of a trial, and a bar on a terminal. */
export class SearchProgress {
  readonly #out: Output;
  readonly #slots: number;
  readonly #isQuiet: boolean;
  #plan: SearchPlan | null = null;
  #drawn: Awaited<ReturnType<typeof terminalBar>> | null = null;
  readonly #trials = new Map<number, TrialResult>();
  #began: number | null = null;
  #underWay = 0;
  /** Epochs that were trained here, and those that were kept before. */
  #trained = 0;
  #kept = 0;
  #isEstimated = false;

  /** @param slots processes that train; as many as there are cores when left out, and nobody knows how many with a queue */
  constructor(
    out: Output,
    {
      slots,
      queue,
      quiet,
      json,
    }: { readonly slots?: number; readonly queue?: string; readonly quiet: boolean; readonly json: boolean },
  ) {
    this.#out = out;
    this.#slots = queue === undefined ? (slots ?? cores()) : Number.POSITIVE_INFINITY;
    this.#isQuiet = quiet || json;
  }

  /** What a search tells it. */
  readonly heard: Heard = {
    onBegin: async (plan) => {
      this.#plan = plan;
      const { trials, trainings, epochs, most } = plan;
      this.#out.record({
        event: 'begin',
        trials,
        trainings,
        epochs,
        mostEpochs: most,
        slots: Number.isFinite(this.#slots) ? this.#slots : null,
      });
      if (this.#isQuiet) return;
      const saved = epochs < most ? ` of ${most.toLocaleString('en')} without a pruner` : '';
      this.#out.line(
        `${counts(trials, 'trial')} of ${counts(trainings, 'training')} each: about ${epochs.toLocaleString('en')} epochs${saved}, ${this.#where()}; in ${plan.folder}`,
      );
      if (terminalWidth() !== null) this.#drawn = await terminalBar(() => this.#line());
      this.#drawn?.start(epochs, 0);
    },
    onJob: (progress) => this.#hear(progress),
    onTrial: (trial) => {
      this.#trials.set(trial.number, trial);
      const { number, scheme, params, state, epochs, score, failed } = trial;
      this.#out.record({ event: 'trial', number, scheme, params, state, epochs, score, failed });
      const came = failed ?? (score === null ? 'diverged' : this.#shown(score));
      this.say(`trial ${number}: ${scheme}, ${counts(epochs, 'epoch')}: ${came}`);
    },
  };

  /** A line for people, above the bar. */
  say(text: string): void {
    if (this.#isQuiet) return;
    const plan = this.#plan as SearchPlan;
    this.#drawn?.stop();
    this.#out.line(text);
    this.#drawn?.start(plan.epochs, this.#trained + this.#kept);
  }

  /** Something that may not be wanted, above the bar; also where all else is left out. */
  warn(text: string): void {
    this.#drawn?.stop();
    this.#out.warn(text);
    this.#drawn?.start((this.#plan as SearchPlan).epochs, this.#trained + this.#kept);
  }

  /** The line of the bar is free again. */
  end(): void {
    this.#drawn?.stop();
    this.#drawn = null;
  }

  #where(): string {
    if (!Number.isFinite(this.#slots)) return 'on the workers of the queue';
    return this.#slots === 1 ? '1 process' : `${this.#slots} processes`;
  }

  #hear({ job, state }: JobProgress): void {
    const epochs = job.to - job.from;
    if (state === 'kept') this.#kept += epochs;
    else if (state === 'begun') {
      this.#began ??= performance.now();
      this.#underWay += 1;
    } else {
      this.#underWay -= 1;
      this.#trained += epochs;
      this.#estimate();
    }
    this.#drawn?.update(this.#trained + this.#kept);
  }

  /** In a file, which has no bar: how long it will take, once as many trainings are over as there are processes. */
  #estimate(): void {
    if (this.#isEstimated || this.#drawn || this.#trained < 2 * Math.min(this.#slots, MOST_AT_FIRST)) return;
    this.#isEstimated = true;
    this.say(`about ${duration(this.#left())} left, by the first trainings`);
  }

  #left(): number {
    const { epochs } = this.#plan as SearchPlan;
    const seconds = (performance.now() - (this.#began ?? performance.now())) / 1000;
    const left = Math.max(0, epochs - this.#trained - this.#kept);
    return (seconds / Math.max(1, this.#trained)) * left;
  }

  #line(): string {
    const { epochs, trials, mode } = this.#plan as SearchPlan;
    const share = Math.min(1, (this.#trained + this.#kept) / epochs);
    const scored = [...this.#trials.values()].filter(({ score }) => score !== null);
    const sign = mode === 'max' ? -1 : 1;
    const [best] = scored.sort((a, b) => b.epochs - a.epochs || sign * (Number(a.score) - Number(b.score)));
    const parts = [
      `${this.#trials.size}/${counts(trials, 'trial')}`,
      `${bar(share)} ${Math.floor(100 * share)}%`,
      `${Math.min(this.#underWay, this.#slots)} running`,
      ...(best ? [`best ${this.#shown(best.score as number)} (trial ${best.number})`] : []),
      ...(this.#trained > 0 ? [`${duration(this.#left())} left`] : []),
    ];
    // What has no room is left out: a line that wraps cannot be drawn over.
    let line = '';
    for (const part of parts) {
      const longer = line === '' ? part : `${line} | ${part}`;
      if (longer.length < (terminalWidth() ?? 80)) line = longer;
    }
    return line;
  }

  #shown(score: number): string {
    return scoreInWords(metricOf(this.#plan as SearchPlan), score);
  }
}
