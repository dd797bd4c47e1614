/**
 * The desk's event stream over a WebSocket: resumes after the last id it saw, comes back by itself,
 * sends the heartbeat that keeps the seat's screen "present", and answers a pop before anything is drawn.
 */
import { backoff } from "./backoff";

export interface StreamEvent {
  id: string;
  type: string;
  /** epoch ms */
  at: number;
  data: Record<string, unknown>;
}

export type Link = "connecting" | "up" | "lost";

export interface StreamHooks {
  url(lastId: string | null): string;
  /** What to answer at once, or null: called before `onEvent`. */
  answer(event: StreamEvent): object | null;
  onEvent(event: StreamEvent): void;
  onLink(link: Link, retryInMs: number): void;
  /** The desk closed the stream because the login is over. */
  onSignedOut(): void;
}

/** The desk's own close code: the login is over. */
export const SIGNED_OUT = 4001;

export const HEARTBEAT_MS = 5_000;
/** The desk answers heartbeats; three unanswered ones mean a dead line that TCP has not noticed yet. */
export const SILENCE_MS = 16_000;

export class EventStream {
  private socket: WebSocket | null = null;
  private lastId: string | null = null;
  private attempt = 0;
  private running = false;
  private heardAt = 0;
  private answersHeartbeats = false;
  private beat: ReturnType<typeof setInterval> | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly hooks: StreamHooks,
    private readonly open: (url: string) => WebSocket = (url) => new WebSocket(url),
  ) {}

  start(): void {
    if (this.running) return;
    this.running = true;
    this.connect();
  }

  stop(): void {
    this.running = false;
    clearTimeout(this.retry);
    clearInterval(this.beat);
    const socket = this.socket;
    this.socket = null;
    socket?.close(1000);
  }

  /** Try now instead of waiting for the back-off (the seat clicked, or the network came back). */
  nudge(): void {
    if (!this.running || this.socket !== null) return;
    clearTimeout(this.retry);
    this.connect();
  }

  private connect(): void {
    this.hooks.onLink("connecting", 0);
    const socket = this.open(this.hooks.url(this.lastId));
    this.socket = socket;
    socket.onopen = () => {
      if (socket === this.socket) this.opened(socket);
    };
    socket.onmessage = (message: MessageEvent) => {
      if (socket === this.socket) this.received(socket, String(message.data));
    };
    socket.onclose = (event: CloseEvent) => {
      if (socket !== this.socket) return;
      this.closed();
      if (event.code === SIGNED_OUT) this.hooks.onSignedOut();
    };
  }

  private opened(socket: WebSocket): void {
    this.attempt = 0;
    this.heardAt = Date.now();
    this.answersHeartbeats = false;
    const heartbeat = () => {
      if (this.answersHeartbeats && Date.now() - this.heardAt > SILENCE_MS) {
        this.drop(socket);
        return;
      }
      socket.send('{"type":"heartbeat"}');
    };
    heartbeat();
    this.beat = setInterval(heartbeat, HEARTBEAT_MS);
    this.hooks.onLink("up", 0);
  }

  private received(socket: WebSocket, text: string): void {
    this.heardAt = Date.now();
    const told = JSON.parse(text) as Partial<StreamEvent> | Partial<StreamEvent>[];
    for (const event of Array.isArray(told) ? told : [told]) this.heard(socket, event);
  }

  private heard(socket: WebSocket, event: Partial<StreamEvent>): void {
    if (typeof event.type !== "string") return;
    if (event.type === "heartbeat") this.answersHeartbeats = true;
    const full: StreamEvent = {
      id: event.id ?? "",
      type: event.type,
      at: event.at ?? Date.now(),
      data: event.data ?? {},
    };
    const answer = this.hooks.answer(full);
    if (answer !== null) socket.send(JSON.stringify(answer));
    if (full.id) this.lastId = full.id;
    this.hooks.onEvent(full);
  }

  /** A closing handshake on a dead line takes minutes: leave it behind and go on. */
  private drop(socket: WebSocket): void {
    socket.close();
    if (socket === this.socket) this.closed();
  }

  private closed(): void {
    clearInterval(this.beat);
    this.socket = null;
    if (!this.running) return;
    const wait = backoff(this.attempt++);
    this.hooks.onLink("lost", wait);
    this.retry = setTimeout(() => this.connect(), wait);
  }
}
