/** Talks JSON to the desk: session cookie, CSRF header, ETags, and problem details (RFC 9457) as one error type. */

export interface ProblemBody {
  type?: string;
  title?: string;
  status?: number;
  detail?: string;
  field?: string;
  value?: unknown;
  remedy?: string;
}

/** A refusal by the desk, or no answer at all (status 0). `message` is Chinese and may be shown as it is. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly body: ProblemBody,
  ) {
    super(body.detail || body.title || `请求失败（${status}）`);
  }

  get field(): string | undefined {
    return this.body.field;
  }

  /** The desk could not be reached or could not reach what it needs: worth trying again by itself. */
  get temporary(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

export interface Answer<T> {
  data: T;
  etag: string | null;
}

interface Options {
  body?: unknown;
  etag?: string | null;
  idempotencyKey?: string;
  /** Lets the request outlive the page (an autosave while the seat reloads). */
  keepalive?: boolean;
}

const TIMEOUT_MS = 10_000;

export class Http {
  private csrf = "";
  /** Server clock minus ours, milliseconds: seats' PCs are seldom set right, and waiting times must be. */
  clockOffset = 0;
  onSignedOut: () => void = () => {};

  constructor(private readonly root = "/api/v1") {}

  setCsrf(token: string): void {
    this.csrf = token;
  }

  async get<T>(path: string): Promise<T> {
    return (await this.send<T>("GET", path)).data;
  }

  async post<T>(path: string, body?: unknown, options: Options = {}): Promise<T> {
    return (await this.send<T>("POST", path, { ...options, body })).data;
  }

  /** A file. Refusals are problems as everywhere; there is no time limit, for a recording may be long. */
  async blob(path: string, headers: Record<string, string> = {}): Promise<Blob> {
    let response: Response;
    try {
      response = await fetch(this.root + path, { headers, credentials: "same-origin", cache: "no-store" });
      if (response.ok) return await response.blob();
    } catch (error) {
      throw new Problem(0, { title: "连接不上服务器", detail: `连接不上服务器（${reason(error)}）` });
    }
    if (response.status === 401) this.onSignedOut();
    const data: unknown = parse(await response.text());
    throw new Problem(response.status, isObject(data) ? data : { detail: `服务器返回 ${response.status}` });
  }

  async send<T>(method: string, path: string, options: Options = {}): Promise<Answer<T>> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (method !== "GET" && this.csrf) headers["X-CSRF-Token"] = this.csrf;
    if (options.etag) headers["If-Match"] = options.etag;
    if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
    const init: RequestInit = { method, headers, credentials: "same-origin", cache: "no-store" };
    if (options.body !== undefined) {
      headers["Content-Type"] = "application/json";
      init.body = JSON.stringify(options.body);
    }
    if (options.keepalive) init.keepalive = true;
    else init.signal = AbortSignal.timeout(TIMEOUT_MS);

    const sentAt = Date.now();
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.root + path, init);
      text = await response.text();
    } catch (error) {
      throw new Problem(0, { title: "连接不上服务器", detail: `连接不上服务器（${reason(error)}）` });
    }
    this.learnClock(response.headers.get("Date"), sentAt);
    const data: unknown = text === "" ? null : parse(text);
    if (!response.ok) {
      if (response.status === 401 && path !== "/login") this.onSignedOut();
      throw new Problem(response.status, isObject(data) ? data : { detail: `服务器返回 ${response.status}` });
    }
    return { data: data as T, etag: response.headers.get("ETag") };
  }

  private learnClock(date: string | null, sentAt: number): void {
    const received = Date.now();
    const server = date ? Date.parse(date) : Number.NaN;
    // A slow answer says little about the clock. The header has whole seconds: half a second is the middle.
    if (Number.isNaN(server) || received - sentAt > 2_000) return;
    const offset = server + 500 - (sentAt + received) / 2;
    if (Math.abs(offset - this.clockOffset) > 1_000) this.clockOffset = offset;
  }
}

function isObject(value: unknown): value is ProblemBody {
  return typeof value === "object" && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // A proxy's HTML page: the status says what happened.
  }
}

function reason(error: unknown): string {
  return error instanceof DOMException && error.name === "TimeoutError" ? "超时" : "网络中断";
}
