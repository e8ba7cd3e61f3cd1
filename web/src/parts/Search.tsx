import { useRef, useState } from "preact/hooks";
import { messages } from "../i18n";
import { go } from "../state/route";
import { network } from "../state/store";

interface Hit {
  kind: "station" | "zone";
  code: string;
  name: string;
  note: string;
}

/** Letters without accents or case, so that `hotel` finds `Hôtel`. */
function plain(text: string): string {
  return text
    .normalize("NFD")
    .replaceAll(/\p{Diacritic}/gu, "")
    .toLowerCase();
}

const MOST = 8;

function hitsFor(query: string): Hit[] {
  const known = network.value;
  const wanted = plain(query.trim()).split(/\s+/).filter(Boolean);
  if (!known || wanted.length === 0) return [];
  const matches = (text: string) => wanted.every((word) => plain(text).includes(word));
  const zones = known.zones
    .filter((zone) => matches(`${zone.name} ${zone.code}`))
    .map((zone): Hit => ({ kind: "zone", code: zone.code, name: zone.name, note: messages.value.search.zone }));
  const stations = known.stations
    .filter((station) => matches(`${station.name} ${station.code}`))
    .map(
      (station): Hit => ({
        kind: "station",
        code: station.code,
        name: station.name,
        note: known.zones[station.zone]?.name ?? station.code,
      }),
    );
  return [...zones.slice(0, 3), ...stations].slice(0, MOST);
}

export function Search() {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const [open, setOpen] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const t = messages.value.search;
  const hits = open ? hitsFor(query) : [];

  const choose = (hit: Hit) => {
    go(
      hit.kind === "station" ? { station: hit.code, page: "map" } : { zone: hit.code, station: null, page: "map" },
      true,
    );
    setQuery("");
    setOpen(false);
    input.current?.blur();
  };
  const keys = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      setActive((hits.length + active + step) % Math.max(1, hits.length));
    } else if (event.key === "Enter" && hits[active]) {
      event.preventDefault();
      choose(hits[active]);
    } else if (event.key === "Escape") setOpen(false);
  };
  return (
    <div class="search">
      <input
        ref={input}
        type="text"
        role="combobox"
        aria-label={t.label}
        aria-expanded={hits.length > 0}
        aria-controls="search-hits"
        aria-autocomplete="list"
        aria-activedescendant={hits[active] ? `hit-${active}` : undefined}
        placeholder={t.placeholder}
        value={query}
        onInput={(event) => {
          setQuery(event.currentTarget.value);
          setActive(0);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setTimeout(() => setOpen(false), 150)}
        onKeyDown={keys}
      />
      <ul id="search-hits" role="listbox" aria-label={t.label} hidden={hits.length === 0}>
        {hits.map((hit, i) => (
          <li id={`hit-${i}`} role="option" aria-selected={i === active} onPointerDown={() => choose(hit)}>
            <span>{hit.name}</span>
            <small>{hit.note}</small>
          </li>
        ))}
      </ul>
      {open && query.trim() && hits.length === 0 && (
        <p class="search-none" role="status">
          {t.none}
        </p>
      )}
    </div>
  );
}
