import { useState } from "preact/hooks";
import { saveBlob, saveText } from "../../data/formats/download";
import { fetchModule } from "../../data/load";
import { messages } from "../../i18n";

/**
 * The chart that they stand beside, as a picture. What is drawn is the element around them with `data-picture`, which
 * holds the picture's title.
 */
export function PictureButtons({ name }: { name: string }) {
  const [failed, setFailed] = useState(false);
  const t = messages.value.tables;
  const take = async (event: Event, form: "svg" | "png") => {
    const place = (event.currentTarget as HTMLElement).closest<HTMLElement>("[data-picture]")!;
    const title = place.dataset.picture ?? "";
    try {
      const { pngOf, svgOf } = await fetchModule(() => import("../../pictures/picture"));
      if (form === "svg") saveText(`${name}.svg`, svgOf(place, title), "image/svg+xml");
      else saveBlob(`${name}.png`, await pngOf(place, title));
      setFailed(false);
    } catch {
      setFailed(true);
    }
  };
  return (
    <span class="downloads pictures no-print" role="group" aria-label={t.picture}>
      {(["svg", "png"] as const).map((form) => (
        <button type="button" class="link" onClick={(event) => void take(event, form)}>
          {form.toUpperCase()}
        </button>
      ))}
      {failed && <span role="alert">{t.notTaken}</span>}
    </span>
  );
}
