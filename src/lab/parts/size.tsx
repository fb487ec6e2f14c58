/** A whole number by a slider, which says what it is at. */
export function Size({
  label,
  value,
  most,
  onChange,
}: {
  readonly label: string;
  readonly value: number;
  readonly most: number;
  readonly onChange: (value: number, isDragging: boolean) => void;
}) {
  return (
    <label class="size">
      <span>
        {label} <output>{value}</output>
      </span>
      <input
        type="range"
        min={1}
        max={most}
        value={value}
        onInput={(event) => onChange(event.currentTarget.valueAsNumber, true)}
        onChange={(event) => onChange(event.currentTarget.valueAsNumber, false)}
      />
    </label>
  );
}
