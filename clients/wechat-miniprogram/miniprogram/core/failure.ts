/** What went wrong, by the name that the service gives it. `status` is 0 where nothing answered. */
export class Failure extends Error {
  constructor(
    readonly name: string,
    message: string,
    readonly hint = "",
    readonly status = 0,
    readonly retryAfter = 0,
  ) {
    super(message);
  }

  /** Whether the same request may do better in a moment. */
  get passing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 502;
  }
}

export function failureOf(error: unknown): Failure {
  return error instanceof Failure ? error : new Failure("Unexpected", String(error));
}
