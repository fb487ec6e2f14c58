import { Choice } from '../parts/choice.tsx';
import { KeyField } from '../parts/key-field.tsx';
import { Size } from '../parts/size.tsx';
import { GATES, MOST, type Settings } from '../state/lab-settings.ts';
import { address, show } from '../state/address.ts';
import { PRESETS } from './presets.ts';

const SCOPES = [
  { value: 'told', text: 'as the scheme' },
  { value: 'sequence', text: 'one for all steps' },
  { value: 'step', text: 'new at each step' },
] as const;
const TIES = [
  { value: 'told', text: 'as the scheme' },
  { value: 'tied', text: 'one for all gates' },
  { value: 'untied', text: 'one a gate' },
] as const;
const CELLS = [
  { value: 'lstm', text: 'LSTM' },
  { value: 'gru', text: 'GRU' },
  { value: 'rnn', text: 'RNN' },
] as const;

/** What all pictures are of: the scheme, what is flipped in it, the key, and the sizes. */
export function Bench({ problem }: { readonly problem: string | null }) {
  const { settings } = address.value;
  return (
    <aside class="bench" aria-label="What is looked at">
      <SchemeChoice settings={settings} problem={problem} />
      <section>
        <h2>Flip</h2>
        <Choice label="In time" options={SCOPES} value={settings.scope} onChange={(scope) => show({ scope })} />
        <Choice label="Over gates" options={TIES} value={settings.tie} onChange={(tie) => show({ tie })} />
        <p class="says">Where a site can be so. The key is held: what changes is the flip.</p>
      </section>
      <Sizes settings={settings} />
    </aside>
  );
}

function SchemeChoice({ settings, problem }: { readonly settings: Settings; readonly problem: string | null }) {
  const preset = PRESETS.find(({ text }) => text === settings.scheme);
  return (
    <section>
      <h2>Scheme</h2>
      <ul class="presets">
        {PRESETS.map(({ name, text }) => (
          <li key={name}>
            <button type="button" aria-pressed={text === settings.scheme} onClick={() => show({ scheme: text })}>
              {name}
            </button>
          </li>
        ))}
      </ul>
      <label class="field">
        <span>As text</span>
        <textarea
          rows={3}
          spellcheck={false}
          value={settings.scheme}
          aria-invalid={problem !== null}
          aria-describedby="scheme-says"
          onInput={(event) => show({ scheme: event.currentTarget.value.slice(0, 500) }, { isDragging: true })}
          onChange={(event) => show({ scheme: event.currentTarget.value.slice(0, 500) })}
        />
      </label>
      <p id="scheme-says" class={problem ? 'problem' : 'says'} aria-live="polite">
        {problem ?? preset?.says ?? 'A scheme of your own.'}
      </p>
    </section>
  );
}

function Sizes({ settings }: { readonly settings: Settings }) {
  const size = (name: 'T' | 'I' | 'H' | 'B', label: string) => (
    <Size
      label={label}
      value={settings[name]}
      most={MOST[name]}
      onChange={(value, isDragging) => show({ [name]: value, ...bounded(settings, name, value) }, { isDragging })}
    />
  );
  return (
    <section>
      <h2>Key and sizes</h2>
      <div class="key-row">
        <KeyField label="Key" name="key" value={settings.key} />
        <button type="button" onClick={() => show({ key: (settings.key + 1) % (MOST.key + 1) })}>
          Redraw
        </button>
      </div>
      <Choice
        label="Cell"
        options={CELLS}
        value={settings.cell}
        onChange={(cell) => show({ cell, gate: Math.min(settings.gate, GATES[cell].length - 1) })}
      />
      {size('T', 'Steps T')}
      {size('H', 'Units H')}
      {size('I', 'Inputs I')}
      {size('B', 'Samples B')}
    </section>
  );
}

/** The sample that is looked at must be one of those that there are. */
function bounded(settings: Settings, name: string, value: number): Partial<Settings> {
  return name === 'B' && settings.sample >= value ? { sample: value - 1 } : {};
}
