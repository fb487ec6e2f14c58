import { show } from '../../../errors.ts';
import { Refusal } from '../../imported/refusal.ts';
import { own } from './keras-layer.ts';

/** Settings that do not change what a layer computes: how weights began and are pulled, what builds it, how fast it is. */
const HARMLESS =
  /^(name|trainable|dtype|batch_input_shape|batch_shape|batch_size|input_shape|input_dim|input_length|input_dtype|autocast|build_config|seed|unroll|implementation|use_cudnn|consume_less|unit_forget_bias|zero_output_for_mask|activity_regularizer|\w+_(initializer|regularizer|constraint))$/;

/** The settings of a layer. Those that nobody asked for in the end are refused, unless they are known to be harmless, or null. */
export class Settings {
  readonly #config: unknown;
  readonly #asked = new Set<string>();

  constructor(config: unknown) {
    this.#config = config;
  }

  /** What the config says, whatever it is; undefined for null as well, which is how Keras writes what is not set. */
  get(name: string): unknown {
    this.#asked.add(name);
    return own(this.#config, name) ?? undefined;
  }

  /** @throws Refusal for what is no count */
  count(name: string): number {
    const value = this.get(name);
    if (Number.isSafeInteger(value) && (value as number) >= 1) return value as number;
    throw new Refusal(`a whole number from 1 as ${name}`, show(value), 'save the model again');
  }

  /** @throws Refusal for what is neither true nor false */
  flag(name: string, usual: boolean): boolean {
    const value = this.get(name) ?? usual;
    if (typeof value === 'boolean') return value;
    throw new Refusal(`true or false as ${name}`, show(value), 'save the model again');
  }

  /** A dropout rate; 0 where there is none. @throws Refusal for what is none */
  rate(name: string): number {
    const value = this.get(name) ?? 0;
    if (typeof value === 'number' && value >= 0 && value < 1) return value;
    throw new Refusal(`a rate in [0, 1) as ${name}`, show(value), 'save the model again');
  }

  /** The name of a function: null is none, which is linear. @throws Refusal for one that is not Keras' own */
  activation(name: string, usual: string): string {
    const value = this.get(name) ?? (own(this.#config, name) === null ? 'linear' : usual);
    if (typeof value === 'string') return value;
    const [className, config] = [own(value, 'class_name'), own(value, 'config')];
    const plain = className === 'function' ? config : className;
    if (typeof plain === 'string' && own(value, 'registered_name') === plain) return plain;
    throw new Refusal(`a function of Keras as ${name}`, show(value), 'train it with one of them');
  }

  /** @throws Refusal unless it is what it is mostly, or missing */
  expect(name: string, usual: unknown, advice: string): void {
    const value = this.get(name);
    if (value === undefined || value === usual) return;
    throw new Refusal(`${name} ${show(usual)}`, show(value), advice);
  }

  /** @throws Refusal for a setting that is not known */
  done(): void {
    const names = Object.keys(Object(this.#config));
    const stray = names.find(
      (name) => !this.#asked.has(name) && !HARMLESS.test(name) && own(this.#config, name) !== null,
    );
    if (stray === undefined) return;
    throw new Refusal(
      'settings that are known',
      `${stray}: ${show(own(this.#config, stray))}`,
      'take it out of the model, if it changes nothing',
    );
  }
}
