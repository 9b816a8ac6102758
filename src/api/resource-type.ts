/** What a client needs to know of a resource. `T` is the type of its objects; it exists only for the compiler. */
export interface ResourceType<T> {
  /** '' for the core group. */
  readonly group: string
  readonly version: string
  /** `v1`, `apps/v1`: as in an object's apiVersion. */
  readonly apiVersion: string
  readonly plural: string
  readonly kind: string
  readonly namespaced: boolean
  readonly _object?: T
}

export function resourceType<T>(facts: Omit<ResourceType<T>, 'apiVersion' | '_object'>): ResourceType<T> {
  return { ...facts, apiVersion: facts.group ? `${facts.group}/${facts.version}` : facts.version }
}
