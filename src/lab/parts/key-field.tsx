import { MOST } from '../state/lab-settings.ts';
import { show } from '../state/address.ts';

/** The seed of a key. While somebody types, it can be none: then the one before is shown on. */
export function KeyField({
  label,
  name,
  value,
  disabled = false,
}: {
  readonly label: string;
  readonly name: 'key' | 'other';
  readonly value: number;
  readonly disabled?: boolean;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        type="number"
        min={0}
        max={MOST.key}
        step={1}
        value={value}
        disabled={disabled}
        onInput={(event) => {
          const seed = event.currentTarget.valueAsNumber;
          if (Number.isInteger(seed) && seed >= 0 && seed <= MOST.key) show({ [name]: seed }, { isDragging: true });
        }}
      />
    </label>
  );
}
