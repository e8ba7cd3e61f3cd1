import { effect, signal } from "@preact/signals";

const KEPT = "velib-sound";

function kept(): boolean {
  try {
    return localStorage.getItem(KEPT) === "1";
  } catch {
    return false;
  }
}

/** How many outages the board shows; null while it is not looked at. The tab's title and the app's icon tell it. */
export const outagesShown = signal<number | null>(null);

effect(() => {
  const count = outagesShown.value;
  void (count === null ? navigator.clearAppBadge?.() : navigator.setAppBadge?.(count))?.catch(() => undefined);
});

/** Whether the board sounds when an outage begins; remembered in this browser. */
export const hasSound = signal(kept());

let audio: AudioContext | null = null;

/** Sounds once as it is switched on, so that one knows it; browsers allow sound only after a click. */
export function setSound(isOn: boolean): void {
  hasSound.value = isOn;
  try {
    localStorage.setItem(KEPT, isOn ? "1" : "0");
  } catch {
    // A browser that keeps nothing forgets this too.
  }
  if (isOn) beep();
}

export function beep(): void {
  audio ??= new AudioContext();
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  tone.frequency.value = 660;
  volume.gain.setValueAtTime(0.15, audio.currentTime);
  volume.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.4);
}
