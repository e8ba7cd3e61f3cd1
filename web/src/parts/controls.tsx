import type { ComponentChildren } from "preact";

export function Segments<T extends string>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: [T, string, string?][];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <div class="segments" role="group" aria-label={label}>
      {options.map(([option, text, help]) => (
        <button type="button" title={help} aria-pressed={option === value} onClick={() => onChange(option)}>
          {text}
        </button>
      ))}
    </div>
  );
}

export function Choice({
  label,
  value,
  options,
  onChange,
  hideLabel = false,
}: {
  label: string;
  value: string;
  options: [string, string][];
  onChange: (value: string) => void;
  hideLabel?: boolean;
}) {
  return (
    <label class="choice">
      {!hideLabel && <span aria-hidden="true">{label}</span>}
      <select aria-label={label} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, text]) => (
          <option value={option} selected={option === value}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A whole number; what is typed counts once it lies within the limits. */
export function NumberField({
  label,
  value,
  least,
  most,
  onChange,
}: {
  label: string;
  value: number;
  least: number;
  most: number;
  onChange: (value: number) => void;
}) {
  return (
    <label class="choice">
      <span>{label}</span>
      <input
        type="number"
        inputMode="numeric"
        min={least}
        max={most}
        step={1}
        value={value}
        onInput={(event) => {
          const typed = event.currentTarget.valueAsNumber;
          if (Number.isInteger(typed) && typed >= least && typed <= most) onChange(typed);
        }}
        onBlur={(event) => (event.currentTarget.valueAsNumber = value)}
      />
    </label>
  );
}

/** A notice in place of what cannot be shown. */
export function Notice({ children, kind = "quiet" }: { children: ComponentChildren; kind?: "quiet" | "bad" }) {
  return (
    <p class={`notice ${kind}`} role={kind === "bad" ? "alert" : undefined}>
      {children}
    </p>
  );
}
