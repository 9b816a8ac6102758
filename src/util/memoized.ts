/** @returns what gives what `make` gave when it was first asked */
export function memoized<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined
  return () => (made ??= { value: make() }).value
}
