/** `object[key] = value` for keys that users choose: `__proto__` becomes an ordinary property. */
export function setOwn<V>(object: { [key: string]: V }, key: string, value: V): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}
