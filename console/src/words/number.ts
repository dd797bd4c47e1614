/** "+8613904760001" → "13904760001", "+864768200000" → "04768200000": as a seat would dial and read it out. */
export function dialled(e164: string): string {
  const national = /^\+86(\d+)$/.exec(e164)?.[1];
  if (national === undefined) return e164;
  return /^1\d{10}$/.test(national) ? national : `0${national}`;
}
