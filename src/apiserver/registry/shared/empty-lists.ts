/** Lists that are always written are null when they are empty: stored as protobuf, as upstream does, an empty list and none are the same. In place. */
export function emptyAsNull<T extends object>(object: T | undefined, ...keys: readonly (keyof T)[]): void {
  for (const key of keys) {
    const list = object?.[key]
    if (Array.isArray(list) && list.length === 0) object![key] = null as T[keyof T]
  }
}
