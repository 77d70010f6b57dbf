import { Code, ConnectError, type HandlerContext, type ServiceImpl } from "@connectrpc/connect";
import type { DescService } from "@bufbuild/protobuf";
import {
  type Health,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from "@jumpstarter/proto/grpc/health/v1";

export { ServingStatus };

/**
 * What `grpc.health.v1.Health` tells: one status per service, and the server's own under the empty
 * name, which is SERVING at first.
 *
 * @example
 * ```ts
 * import { GrpcServer, HealthStatus, ServingStatus } from "@jumpstarter/core/grpc";
 * import { Health } from "@jumpstarter/proto/grpc/health/v1";
 *
 * const server = new GrpcServer();
 * const health = new HealthStatus();
 * server.add(Health, health.service);
 * health.set("", ServingStatus.NOT_SERVING);
 * ```
 */
export class HealthStatus {
  readonly #statuses = new Map<string, ServingStatus>([["", ServingStatus.SERVING]]);
  readonly #watchers = new Set<() => void>();

  /** The implementation to add to a server. */
  readonly service: ServiceImpl<typeof Health> = {
    check: ({ service }) => {
      const status = this.#statuses.get(service);
      if (status === undefined) throw new ConnectError("unknown service", Code.NotFound);
      return { status };
    },
    list: () => ({
      statuses: Object.fromEntries([...this.#statuses].map(([name, status]) => [name, { status }])),
    }),
    watch: ({ service }, context) => this.#watch(service, context),
  };

  /** Sets the status of a service; the empty name is the server as a whole. */
  set(service: DescService | string, status: ServingStatus): void {
    const name = typeof service === "string" ? service : service.typeName;
    if (this.#statuses.get(name) === status) return;
    this.#statuses.set(name, status);
    for (const wake of [...this.#watchers]) wake();
  }

  /** Sets everything to `status`: NOT_SERVING before a shutdown. */
  setAll(status: ServingStatus): void {
    for (const name of [...this.#statuses.keys()]) this.set(name, status);
  }

  async *#watch(
    service: string,
    context: HandlerContext,
  ): AsyncGenerator<{ status: ServingStatus }> {
    let told: ServingStatus | undefined;
    while (!context.signal.aborted) {
      const status = this.#statuses.get(service) ?? ServingStatus.SERVICE_UNKNOWN;
      if (status !== told) {
        told = status;
        yield { status };
      } else {
        await this.#change(context.signal);
      }
    }
  }

  #change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#watchers.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#watchers.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }
}
