import { useEffect, useRef, useState } from "preact/hooks";
import { messages } from "../i18n";
import { go, hrefOf, type Language, PAGES, route, type Theme } from "../state/route";
import { index } from "../state/store";
import { Choice } from "./controls";
import { Icon } from "./Icon";
import { FreshnessLine } from "./time/Freshness";

function ShareButton() {
  const [copied, setCopied] = useState(false);
  const t = messages.value;
  const copy = async () => {
    await navigator.clipboard.writeText(new URL(hrefOf({}), location.href).href);
    setCopied(true);
    setTimeout(() => setCopied(false), 2000);
  };
  // Without a secure context there is no clipboard; the address bar holds the same link.
  if (!navigator.clipboard) return null;
  return (
    <button
      type="button"
      class={copied ? "plain share copied" : "plain share"}
      title={t.share}
      onClick={() => void copy()}
    >
      <Icon name={copied ? "check" : "link"} />
      <span>{copied ? t.shared : t.share}</span>
    </button>
  );
}

export function Header() {
  const t = messages.value;
  const { page, language, theme } = route.value;
  const pages = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the pages run out of the screen: the one that is open is brought in.
    const [bar, open] = [pages.current, pages.current?.querySelector<HTMLElement>("[aria-current]")];
    if (bar && open && bar.scrollWidth > bar.clientWidth)
      bar.scrollLeft = open.offsetLeft - bar.offsetLeft - (bar.clientWidth - open.offsetWidth) / 2;
  }, [page, language]);
  return (
    <header class="top">
      <a class="skip" href="#content">
        {t.skip}
      </a>
      <div class="top-row">
        <p class="brand">
          <img src="icon.svg" alt="" width="26" height="26" />
          <b>{index.value?.network_name ?? "Vélib'"}</b> <span>Insights</span>
        </p>
        <FreshnessLine />
        <div class="settings">
          <ShareButton />
          <Choice
            label={t.themeLabel}
            hideLabel
            value={theme}
            onChange={(chosen) => go({ theme: chosen as Theme })}
            options={(["auto", "light", "dark"] as const).map((one) => [one, t.themes[one]])}
          />
          <button
            type="button"
            class="plain language"
            lang={language === "fr" ? "en" : "fr"}
            onClick={() => go({ language: (language === "fr" ? "en" : "fr") as Language })}
          >
            {language === "fr" ? "English" : "Français"}
          </button>
        </div>
      </div>
      <nav ref={pages} aria-label={t.navLabel}>
        {PAGES.map((one) => (
          <a
            href={hrefOf({ page: one })}
            aria-current={one === page ? "page" : undefined}
            onClick={(event) => {
              if (event.metaKey || event.ctrlKey || event.shiftKey) return;
              event.preventDefault();
              go({ page: one }, true);
            }}
          >
            {t.nav[one]}
          </a>
        ))}
      </nav>
    </header>
  );
}

export function Footer() {
  const about = index.value;
  return (
    <footer class="foot">
      <p>
        {about?.attribution[route.value.language]} {about && messages.value.localTimes(about.timezone)}
      </p>
    </footer>
  );
}
