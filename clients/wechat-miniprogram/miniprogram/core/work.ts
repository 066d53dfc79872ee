import { Course, type Order, Pending, newOrder, succeeded } from "./course";
import { failureOf } from "./failure";
import { type Job, cancel } from "./service";
import { agreed } from "./terms";
import { explain, stageOf, words } from "./words";

/** What a page shows of its work. */
export interface WorkView {
  busy: boolean;
  percent: number;
  stage: string;
  wrong: string;
}

export const IDLE: WorkView = { busy: false, percent: 0, stage: "", wrong: "" };

/** One page's work: an order that runs, or waits to be taken up again. */
export class Work {
  private readonly pending: Pending;
  private course: Course | undefined;
  private shown = 0;

  constructor(
    slot: string,
    private readonly show: (view: Partial<WorkView>) => void,
    private readonly done: (job: Job) => void,
  ) {
    this.pending = new Pending(slot);
  }

  /** Ends when the job is over, or when `leave` was called. */
  async start(order: Order): Promise<void> {
    if (this.course) return;
    const course = new Course(this.pending, (job) => this.tell(job));
    this.course = course;
    this.shown = 0;
    this.show({ busy: true, percent: 0, stage: words().working, wrong: "" });
    try {
      const job = await this.agreeing(course, order);
      if (job && this.course === course) this.finish(job);
    } catch (error) {
      if (this.course === course) this.show({ ...IDLE, wrong: explain(failureOf(error)) });
    } finally {
      if (this.course === course) this.course = undefined;
    }
  }

  /** Where the operator has terms, they are agreed to on the way: the order is another one then. */
  private async agreeing(course: Course, order: Order): Promise<Job | undefined> {
    try {
      return await course.run(order);
    } catch (error) {
      if (failureOf(error).name !== "ConsentMissing" || !(await agreed())) throw error;
      return course.run(newOrder(order.kind, order.fields, order.photos));
    }
  }

  /** Go on with what was under way when the page was left. */
  async resume(): Promise<void> {
    const order = this.pending.order;
    if (order) await this.start(order);
  }

  /** The page is not seen any more: the job goes on without us. */
  leave(): void {
    this.course?.stop();
    this.course = undefined;
  }

  async cancel(): Promise<void> {
    const id = this.pending.order?.jobId;
    this.course?.abandon();
    this.course = undefined;
    this.pending.drop();
    this.show({ ...IDLE, stage: words().canceled });
    // It may be over already, or out of reach: it expires by itself then.
    if (id) await cancel(id).catch(() => undefined);
  }

  private finish(job: Job): void {
    this.show(IDLE);
    this.done(succeeded(job));
  }

  /** The bar never goes back, also where the job was begun anew by another worker. */
  private tell(job: Job | undefined): void {
    if (!job) return this.show({ stage: words().offline });
    this.shown = Math.max(this.shown, Math.round(100 * job.progress));
    const place = job.queue_position;
    const stage = place ? `${words().waiting} ${place}` : stageOf(job.stage);
    this.show({ percent: this.shown, stage });
  }
}
