type Data = { readonly [key: string]: string } | undefined

/** Whether two maps differ in a key or a value; absent and empty are the same. */
export function changesImmutable(now: Data = {}, old: Data = {}): boolean {
  const keys = Object.keys(now)
  return keys.length !== Object.keys(old).length || keys.some((key) => !Object.hasOwn(old, key) || old[key] !== now[key])
}
