/** Calls the seat's eye and ear back to this tab: the title flashes until the page is looked at, and a short tone may sound. */

const BEEP_KEY = "hotline.beep";

export class Alert {
  private timer: ReturnType<typeof setInterval> | undefined;
  private audio: AudioContext | null = null;

  constructor(
    private readonly title = document.title,
    private readonly storage: Storage = localStorage,
  ) {}

  get beeps(): boolean {
    return this.storage.getItem(BEEP_KEY) !== "off";
  }

  set beeps(on: boolean) {
    this.storage.setItem(BEEP_KEY, on ? "on" : "off");
  }

  call(text: string): void {
    if (this.beeps) this.beep();
    this.stop();
    let lit = false;
    const flash = () => {
      lit = !lit;
      document.title = lit ? `【来电】${text}` : this.title;
    };
    flash();
    this.timer = setInterval(flash, 700);
  }

  /** The page is being looked at: enough flashing. */
  seen(): void {
    if (this.timer !== undefined) this.stop();
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    document.title = this.title;
  }

  private beep(): void {
    this.audio ??= new AudioContext();
    // A browser keeps sound off until the page was first used; then this tone is simply not heard.
    const start = this.audio.currentTime;
    for (const [at, hertz] of [
      [0, 784],
      [0.16, 1047],
    ] as const) {
      const tone = this.audio.createOscillator();
      const gain = this.audio.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(0.0001, start + at);
      gain.gain.exponentialRampToValueAtTime(0.18, start + at + 0.02);
      gain.gain.exponentialRampToValueAtTime(0.0001, start + at + 0.14);
      tone.connect(gain).connect(this.audio.destination);
      tone.start(start + at);
      tone.stop(start + at + 0.15);
    }
  }
}
