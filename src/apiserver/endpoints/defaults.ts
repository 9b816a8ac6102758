import type { JsonObject } from '../../apimachinery/json-value.ts'
import type { KubeObject, Mutable } from '../../api/object.ts'
import type { ResourceHandlerDeps } from './deps.ts'
import type { Scope } from './scope.ts'

/** Defaults of the stored version: those of the schema, then those of the strategy. In place. */
export function applyAllDefaults(deps: ResourceHandlerDeps, scope: Scope, stored: Mutable<KubeObject>): void {
  const { resource, strategy } = scope.store
  deps.codec.applyDefaults(resource.type, stored as unknown as JsonObject)
  strategy.defaults?.(stored)
}
