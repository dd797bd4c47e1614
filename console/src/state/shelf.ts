import type { TicketForm } from "../api/types";
import type { Shelf } from "./draft";

const PREFIX = "hotline.unsaved.";

/** Unsaved words in the tab's own storage: they outlive a reload, not the tab, and sign-out clears them. */
export class TabShelf implements Shelf {
  constructor(private readonly storage: Storage) {}

  get(no: string): Partial<TicketForm> | null {
    const text = this.storage.getItem(PREFIX + no);
    return text === null ? null : (JSON.parse(text) as Partial<TicketForm>);
  }

  put(no: string, patch: Partial<TicketForm> | null): void {
    if (patch === null) this.storage.removeItem(PREFIX + no);
    else this.storage.setItem(PREFIX + no, JSON.stringify(patch));
  }

  clear(): void {
    for (const key of Object.keys(this.storage)) {
      if (key.startsWith(PREFIX)) this.storage.removeItem(key);
    }
  }
}
