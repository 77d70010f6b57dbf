/**
 * Waits for a promise, but no longer than a signal lets it. What the promise comes to afterwards is dropped.
 *
 * @throws what the promise throws, or the signal's reason
 */
export function abortable<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return promise;
  if (signal.aborted) {
    promise.catch(() => {});
    return Promise.reject(signal.reason);
  }
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    const done = (): void => signal.removeEventListener("abort", onAbort);
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then((value) => {
      done();
      resolve(value);
    }, (error) => {
      done();
      reject(error);
    });
  });
}

/**
 * Waits for a promise, but no longer than so many ms.
 *
 * @throws {Deno.errors.TimedOut} with that message; what the promise throws; the signal's reason
 */
export async function withDeadline<T>(
  promise: Promise<T>,
  ms: number,
  message: string,
  signal?: AbortSignal,
): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new Deno.errors.TimedOut(message)), ms);
  try {
    const either = signal ? AbortSignal.any([signal, deadline.signal]) : deadline.signal;
    return await abortable(promise, either);
  } finally {
    clearTimeout(timer);
  }
}
