import { key, type Mask, type Plan, sample, SITES, type Scheme } from 'keepgate';
import { Choice } from '../../parts/choice.tsx';
import { GATES, type Settings } from '../../state/lab-settings.ts';
import { show } from '../../state/address.ts';
import { keptShare, maskGrid } from './mask-grid.ts';
import { MaskPicture } from './mask-picture.tsx';

/** What each site does, in the letters of the equations. */
export const WHAT: Readonly<Record<string, string>> = {
  input: 'x, before the gates multiply it by W',
  recurrent: 'h of the step before, before the gates multiply it by U; the h that is carried is not touched',
  weight: 'the weights U themselves: to each unit, from each unit',
  update: 'what is added to the memory',
  memory: 'the memory c, each time that it is handed on',
  zoneCell: 'whether c is new, or stays as it was',
  zoneHidden: 'whether h is new, or stays as it was',
  output: 'what the layer hands on',
};

/** The plan of the settings: the masks that a batch of these sizes is trained with. */
export function planOf(scheme: Scheme, settings: Settings, seed = settings.key): Plan {
  const { B: batch, T: time, I: inputSize, H: hiddenSize, cell } = settings;
  return sample(scheme, key(seed), { batch, time, inputSize, hiddenSize, gates: GATES[cell].length });
}

/** The masks of all sites, over time and units. */
export function MasksView({ scheme, settings }: { readonly scheme: Scheme; readonly settings: Settings }) {
  const masks = Object.values(planOf(scheme, settings).masks);
  return (
    <>
      <h2>What is dropped, when</h2>
      <p class="lead">
        Steps go from left to right, units from top to bottom. A filled square is kept; a dot is dropped.
      </p>
      <Lanes settings={settings} masks={masks} />
      {masks.length === 0 ? <p>Nothing is dropped: all factors are 1.</p> : null}
      {masks.map((mask) => (
        <SiteFigure key={mask.rule.site} mask={mask} settings={settings} />
      ))}
    </>
  );
}

/** Which sample and which gate is looked at. */
export function Lanes({ settings, masks }: { readonly settings: Settings; readonly masks: readonly Mask[] }) {
  const gates = GATES[settings.cell];
  const hasGates = masks.some((mask) => mask.sizes.gate > 1 || mask.rule.site === 'weight');
  const samples = Array.from({ length: settings.B }, (_, i) => ({ value: i, text: String(i) }));
  return (
    <div class="lanes">
      <Choice
        label="Sample"
        options={samples}
        value={settings.sample}
        onChange={(chosen) => show({ sample: chosen })}
      />
      {hasGates ? (
        <Choice
          label="Gate"
          options={gates.map((name, value) => ({ value, text: name }))}
          value={settings.gate}
          onChange={(gate) => show({ gate })}
        />
      ) : null}
    </div>
  );
}

/** One site: its picture, and what it comes to. */
function SiteFigure({ mask, settings }: { readonly mask: Mask; readonly settings: Settings }) {
  const { rule } = mask;
  const grid = gridOf(mask, settings);
  const share = (100 * keptShare(grid)).toFixed(1);
  return (
    <figure>
      <figcaption>
        <h3>{rule.site}</h3>
        <p>
          {WHAT[rule.site]}. p {rule.rate}, {ruleInWords(mask)}; {share}% kept here.
        </p>
      </figcaption>
      <MaskPicture grid={grid} label={`Mask of ${rule.site}, sample ${settings.sample}`} />
    </figure>
  );
}

/** The picture of a mask in the sample and the gate that are looked at. */
export function gridOf(mask: Mask, settings: Settings): ReturnType<typeof maskGrid> {
  const units = SITES[mask.rule.site].width === 'input' ? settings.I : settings.H;
  return maskGrid(mask, { time: settings.T, units }, settings.sample, settings.gate);
}

function ruleInWords({ rule, scale }: Mask): string {
  const when =
    rule.site === 'weight' ? 'once a batch' : rule.scope === 'step' ? 'new at each step' : 'one for all steps';
  const gates = rule.tied ? '' : ', one a gate';
  const scaling = SITES[rule.site].kind === 'zone' ? '' : `, kept ones times ${Number(scale.toFixed(4))}`;
  return `${when}${gates}${scaling}`;
}
