import { Failure, failureOf } from "./failure";
import { base64Of } from "./photo";
import { type Job, type Kind, cancel, isOver, job as jobOf, submit } from "./service";

/** What is sent: ids of presets and plain parameters as they are, photos by their paths. */
export interface Order {
  kind: Kind;
  key: string;
  fields: Record<string, string>;
  photos: Record<string, string>;
  jobId?: string;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 5_000;
const PATIENCE = 3;

/** What of an order is kept, so that it is neither lost nor done twice when the phone turns to
 * something else, the request times out, or WeChat ends the mini-program. */
export class Pending {
  constructor(private readonly slot: string) {}

  get order(): Order | undefined {
    return (wx.getStorageSync<Order | "">(this.slot) || undefined) as Order | undefined;
  }

  keep(order: Order): void {
    wx.setStorageSync(this.slot, order);
  }

  drop(): void {
    wx.removeStorageSync(this.slot);
  }
}

export function newOrder(
  kind: Kind,
  fields: Record<string, string>,
  photos: Record<string, string>,
): Order {
  const key = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
  return { kind, key, fields, photos };
}

/** Takes an order through to its end, from wherever it stands. */
export class Course {
  private stopped = false;
  private abandoned = false;

  constructor(
    private readonly pending: Pending,
    private readonly told: (job: Job | undefined) => void,
  ) {}

  /** No further question and no further word; the job itself goes on. */
  stop(): void {
    this.stopped = true;
  }

  /** Stop, and nobody wants the job: one whose number is yet to arrive is canceled then. */
  abandon(): void {
    this.stopped = true;
    this.abandoned = true;
  }

  /** The job when it is over; undefined where it was stopped before. */
  async run(order: Order): Promise<Job | undefined> {
    this.pending.keep(order);
    try {
      const begun = order.jobId ? undefined : await this.begin(order);
      const done = await this.follow(order.jobId ?? begun?.id ?? "", begun);
      if (done) this.pending.drop();
      return done;
    } catch (error) {
      if (!this.stopped) this.pending.drop();
      throw error;
    }
  }

  /** Sent again under the same key when no answer came: the service makes one job of it. */
  private async begin(order: Order): Promise<Job> {
    const pictures: Record<string, string> = {};
    for (const [role, path] of Object.entries(order.photos)) pictures[role] = await base64Of(path);
    for (let attempt = 1; ; attempt += 1) {
      try {
        const job = await submit(order.kind, { ...order.fields, ...pictures }, order.key);
        this.note(order, job);
        return job;
      } catch (error) {
        const failure = failureOf(error);
        if (!failure.passing || attempt === PATIENCE || this.stopped) throw error;
        await pause(wait(failure, FIRST_PAUSE * 2 ** attempt));
      }
    }
  }

  private note(order: Order, job: Job): void {
    order.jobId = job.id;
    if (this.abandoned) void cancel(job.id).catch(() => undefined);
    else this.pending.keep(order);
  }

  private async follow(id: string, begun: Job | undefined): Promise<Job | undefined> {
    let seen = begun;
    for (let rest = FIRST_PAUSE; !this.stopped; rest = Math.min(rest * 1.4, LONGEST_PAUSE)) {
      if (seen) this.told(seen);
      if (seen && isOver(seen)) return seen;
      await pause(rest);
      seen = await this.look(id);
    }
    return undefined;
  }

  /** How the job stands; undefined while nothing answers, and then it is asked for again. */
  private async look(id: string): Promise<Job | undefined> {
    if (this.stopped) return undefined;
    try {
      return await jobOf(id);
    } catch (error) {
      const failure = failureOf(error);
      if (!failure.passing) throw error;
      if (!this.stopped) this.told(undefined);
      await pause(failure.retryAfter * 1000);
      return undefined;
    }
  }
}

/** The picture's job; fails as the job failed. */
export function succeeded(job: Job): Job {
  if (job.status === "succeeded") return job;
  const said = job.error ?? { name: job.status, message: "", hint: "" };
  throw new Failure(said.name, said.message, said.hint, 422);
}

function wait(failure: Failure, usual: number): number {
  return failure.retryAfter ? failure.retryAfter * 1000 : usual;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
