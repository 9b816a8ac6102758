/** A value under a key that a user chose. */
export const ownValue = <V>(map: { readonly [key: string]: V } | undefined, key: string): V | undefined =>
  map && Object.hasOwn(map, key) ? map[key] : undefined
