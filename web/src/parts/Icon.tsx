/** Drawn here, since not every system has a font with these signs. 24 by 24, in the colour of the words around. */
const PATHS = {
  link: "M9.5 14.5l5-5M8 12l-2.6 2.6a3.5 3.5 0 0 0 5 5L13 17M16 12l2.6-2.6a3.5 3.5 0 0 0-5-5L11 7",
  check: "M5 12.5l4.5 4.5L19 7.5",
  fit: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
  locate: "M12 4v3M12 17v3M4 12h3M17 12h3M12 7a5 5 0 1 1 0 10a5 5 0 1 1 0-10M12 11.5a.5.5 0 1 1 0 1a.5.5 0 1 1 0-1",
  save: "M12 4v11M7.5 11l4.5 4.5L16.5 11M5 20h14",
} as const;

export function Icon({ name }: { name: keyof typeof PATHS }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width="20" height="20" aria-hidden="true">
      <path
        d={PATHS[name]}
        fill="none"
        stroke="currentColor"
        stroke-width="1.9"
        stroke-linecap="round"
        stroke-linejoin="round"
      />
    </svg>
  );
}
