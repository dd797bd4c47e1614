/** Who is signed in to the console. */
import { shallowRef } from "vue";
import type { Api } from "../api/client";
import { Problem } from "../api/http";
import type { Me } from "../api/types";

export class Session {
  readonly me = shallowRef<Me | null>(null);
  private asked = false;

  constructor(private readonly api: Api) {}

  /** True when the cookie still stands; asks the desk once after a reload. Throws when the desk is away. */
  async known(): Promise<boolean> {
    if (this.me.value !== null || this.asked) return this.me.value !== null;
    try {
      this.me.value = await this.api.me();
    } catch (error) {
      if (!(error instanceof Problem && error.status === 401)) throw error;
    }
    this.asked = true;
    return this.me.value !== null;
  }

  async login(name: string, password: string): Promise<void> {
    this.me.value = await this.api.login(name, password);
  }

  /** The desk no longer knows the cookie, or the person left. */
  forget(): void {
    this.me.value = null;
    this.asked = true;
  }

  async logout(): Promise<void> {
    await this.api.logout();
    this.forget();
  }
}
