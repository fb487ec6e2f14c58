import type { ClassWeight } from '../../train/examples/class-weight.ts';
import type { PartsOptions } from './training-parts.ts';
import type { EngineChoice } from '../engine-option.ts';

/** What `keepgate train` is told. */
export interface TrainOptions extends PartsOptions, EngineChoice {
  readonly cell: 'lstm' | 'gru' | 'rnn';
  readonly units: number;
  readonly embedding: number;
  readonly freezeVectors: boolean;
  readonly layers: number;
  readonly bidirectional: boolean;
  readonly dropout: string;
  readonly epochs: number;
  readonly batchSize: number;
  readonly optimizer: string;
  readonly learningRate: number;
  readonly clipNorm: number;
  readonly clipValue?: number;
  readonly classWeight?: ClassWeight;
  readonly sampling?: 'balanced';
  readonly metrics: readonly string[];
  readonly patience?: number;
  readonly keep: 'best' | 'last';
  readonly out?: string;
  readonly resume: boolean;
  readonly report?: string;
}
