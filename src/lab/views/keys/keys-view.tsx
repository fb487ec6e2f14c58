import type { Mask, Plan, Scheme } from 'keepgate';
import { useEffect, useState } from 'preact/hooks';
import { download } from '../../parts/download.ts';
import { KeyField } from '../../parts/key-field.tsx';
import type { Settings } from '../../state/lab-settings.ts';
import type { MaskGrid } from '../masks/mask-grid.ts';
import { MaskPicture } from '../masks/mask-picture.tsx';
import { gridOf, Lanes, planOf } from '../masks/masks-view.tsx';
import { givenPlan, givenProblem, takePlan } from './given-plan.ts';

/** Two plans side by side: of two keys, or of this key and of a file. */
export function KeysView({ scheme, settings }: { readonly scheme: Scheme; readonly settings: Settings }) {
  const first = planOf(scheme, settings);
  const given = givenPlan.value;
  const second = given?.plan ?? planOf(scheme, settings, settings.other);
  const names = [`key ${settings.key}`, given?.name ?? `key ${settings.other}`] as const;
  return (
    <>
      <h2>The same key, the same masks</h2>
      <p class="lead">
        A mask is a value that follows from a key. The same key gives it again, on any engine and any machine; another
        gives another. Frames are where the two differ.
      </p>
      <Tools first={first} settings={settings} />
      {givenProblem.value ? (
        <p class="problem" role="alert">
          {givenProblem.value}
        </p>
      ) : null}
      <Replay plans={[first, second]} names={names} settings={settings} />
      <Lanes settings={settings} masks={Object.values(first.masks)} />
      {Object.values(first.masks).map((mask) => (
        <Pair key={mask.rule.site} mask={mask} other={second.masks[mask.rule.site]} names={names} settings={settings} />
      ))}
    </>
  );
}

/** The other plan, and this one as a file. */
function Tools({ first, settings }: { readonly first: Plan; readonly settings: Settings }) {
  const given = givenPlan.value;
  return (
    <div class="tools">
      <KeyField label="The other key" name="other" value={settings.other} disabled={given !== null} />
      <button
        type="button"
        onClick={() => download(`plan-${settings.key}.json`, 'application/json', JSON.stringify(first))}
      >
        Save the plan of key {settings.key}
      </button>
      <label class="button">
        Compare with a plan of a file
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            event.currentTarget.value = '';
            if (file) void takePlan(file);
          }}
        />
      </label>
      {given ? (
        <button type="button" onClick={() => (givenPlan.value = null)}>
          Put {given.name} away
        </button>
      ) : null}
    </div>
  );
}

/** What a layer comes to under both plans. */
function Replay({
  plans,
  names,
  settings,
}: {
  readonly plans: readonly [Plan, Plan];
  readonly names: readonly [string, string];
  readonly settings: Settings;
}) {
  const [found, setFound] = useState('The layer runs under both plans ...');
  const [first, second] = plans.map((plan) => JSON.stringify(plan));
  // Plans are new objects each time; their text says whether they are others.
  useEffect(() => {
    let isOld = false;
    const say = (text: string): void => {
      if (!isOld) setFound(text);
    };
    const wait = setTimeout(() => {
      compared(plans, names, settings).then(say, (error: Error) => say(`The layer could not run: ${error.message}`));
    }, 120);
    return () => {
      isOld = true;
      clearTimeout(wait);
    };
  }, [first, second, settings.cell, settings.T, settings.I, settings.H, settings.B]);
  return (
    <p class="finding" aria-live="polite">
      {found}
    </p>
  );
}

async function compared(
  plans: readonly [Plan, Plan],
  names: readonly [string, string],
  settings: Settings,
): Promise<string> {
  const { outputsUnder } = await import('./outputs-under-plan.ts');
  const [a, b] = [await outputsUnder(plans[0], settings), await outputsUnder(plans[1], settings)];
  const apart = a.filter((value, i) => !Object.is(value, b[i])).length;
  const sum = (values: readonly number[]): string => values.reduce((total, value) => total + value, 0).toFixed(12);
  return apart === 0
    ? `A layer with the masks of ${names[0]} and of ${names[1]} gives the same ${a.length} outputs, to the bit; their sum is ${sum(a)}.`
    : `A layer gives ${a.length} outputs, of which ${apart} are others with the masks of ${names[1]}: their sum is ${sum(a)} and ${sum(b)}.`;
}

/** One site of two plans. */
function Pair({
  mask,
  other,
  names,
  settings,
}: {
  readonly mask: Mask;
  readonly other: Mask | undefined;
  readonly names: readonly [string, string];
  readonly settings: Settings;
}) {
  const { site } = mask.rule;
  const grid = gridOf(mask, settings);
  const fits = other && sameSizes(mask, other);
  const second = fits ? gridOf(other, settings) : null;
  const differs = (row: number, column: number): boolean => grid.value(row, column) !== second?.value(row, column);
  return (
    <figure>
      <figcaption>
        <h3>{site}</h3>
        <p>{second ? differenceInWords(grid, second) : `${names[1]} has no mask of these sizes here.`}</p>
      </figcaption>
      <div class="pair">
        <div>
          <h4>{names[0]}</h4>
          <MaskPicture grid={grid} label={`Mask of ${site}, ${names[0]}`} />
        </div>
        {second ? (
          <div>
            <h4>{names[1]}</h4>
            <MaskPicture grid={second} label={`Mask of ${site}, ${names[1]}`} marked={differs} />
          </div>
        ) : null}
      </div>
    </figure>
  );
}

function sameSizes(a: Mask, b: Mask): boolean {
  return (['gate', 'time', 'row', 'unit'] as const).every((axis) => a.sizes[axis] === b.sizes[axis]);
}

function differenceInWords(a: MaskGrid, b: MaskGrid): string {
  let apart = 0;
  for (let row = 0; row < a.rows; row++)
    for (let column = 0; column < a.columns; column++) apart += a.value(row, column) === b.value(row, column) ? 0 : 1;
  const all = a.rows * a.columns;
  if (apart === 0) return `The same in all ${all} entries.`;
  return `${apart} of ${all} entries differ: ${((100 * apart) / all).toFixed(1)}%.`;
}
