/**
 * Which side of a stereo sound is heard: as recorded (caller left, seat right), or one of them in both ears.
 * The browser's mixer is set up only when somebody asks for one side: plain stereo needs none.
 */
export type Side = "both" | "caller" | "seat";

export class StereoMix {
  private context: AudioContext | null = null;
  /** [from][to]: 0 left, 1 right */
  private gains: GainNode[][] = [];

  hear(sound: HTMLAudioElement, side: Side): void {
    if (this.context === null && side === "both") return;
    if (this.context === null) this.connect(sound);
    const level = { both: [[1, 0], [0, 1]], caller: [[1, 1], [0, 0]], seat: [[0, 0], [1, 1]] }[side];
    this.gains.forEach((row, from) => row.forEach((gain, to) => (gain.gain.value = level[from]?.[to] ?? 0)));
    void this.resume();
  }

  /** A mixer made before a click would stay silent. */
  async resume(): Promise<void> {
    if (this.context?.state === "suspended") await this.context.resume();
  }

  close(): void {
    void this.context?.close();
    this.context = null;
  }

  private connect(sound: HTMLAudioElement): void {
    const context = new AudioContext();
    const splitter = context.createChannelSplitter(2);
    const merger = context.createChannelMerger(2);
    context.createMediaElementSource(sound).connect(splitter);
    this.gains = [0, 1].map((from) =>
      [0, 1].map((to) => {
        const gain = context.createGain();
        splitter.connect(gain, from);
        gain.connect(merger, 0, to);
        return gain;
      }),
    );
    merger.connect(context.destination);
    this.context = context;
  }
}
