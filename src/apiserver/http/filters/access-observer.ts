import type { Decision } from '../../authz/authorizer.ts'

/** Told of each authentication and authorization. Called on every request: it counts, and no more. */
export interface AccessObserver {
  /** @param user undefined: nobody whom the server knows */
  authenticated(user: string | undefined, seconds: number): void
  authorized(outcome: Decision['outcome'], seconds: number): void
}
