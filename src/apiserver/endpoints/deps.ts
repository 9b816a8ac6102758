// What the resource endpoints are built from.
import type { Codec } from '../../apimachinery/codec/codec.ts'
import type { KubeObject } from '../../api/object.ts'
import type { Logger } from '../../component-base/logger.ts'
import type { Clock } from '../../util/clock.ts'
import type { ApiRequest, ApiResponse, Handler } from '../http/api-request.ts'
import type { FieldManagement } from './field-management.ts'
import type { BodyReader } from './large-bodies/body-reader.ts'
import type { WatchObserver } from '../metrics/watch-metrics.ts'
import type { Registry } from '../registry/generic/registry.ts'
import type { Scope } from './scope.ts'
import type { SeriesOf } from './series/series-of.ts'

/** Answers a subresource (or a whole resource) that is no object in the store: `pods/log`, `pods/exec`, `tokenreviews`. */
export type SubresourceHandler = (request: ApiRequest, scope: SubresourceScope) => Promise<ApiResponse>

/** @param scope undefined for resources that are never stored (reviews) */
export interface SubresourceScope {
  readonly scope: Scope | undefined
  readonly deps: ResourceHandlerDeps
}

export interface ResourceHandlerDeps {
  readonly registry: Registry
  readonly codec: Codec
  readonly clock: Clock
  readonly bodies: BodyReader
  /** Is told of the faults of the server that requests are answered 500 for. */
  readonly logger: Logger
  readonly fieldManagement: FieldManagement
  readonly seriesOf: SeriesOf
  /** Counts what watching clients are sent; default: nobody does. */
  readonly watchObserver?: WatchObserver
  /** A watch without timeoutSeconds lasts this long, and up to twice as long. Default: upstream's 1800. */
  readonly minRequestTimeoutSeconds?: number
  /** `group/plural/subresource` (core: `pods/log`), or `group/plural` of a resource that is never stored -> who answers it. */
  readonly subresourceHandlers: ReadonlyMap<string, SubresourceHandler>
  /** Requests for groups and versions that the registry does not have: custom resources, aggregation. Without it: 404. */
  readonly fallback?: Handler
  /** May `request` create this object? Asked when a PUT or an apply turns into a create. @throws {ApiError} 403 */
  readonly authorizeCreate?: (request: ApiRequest, object: KubeObject) => Promise<void>
}
