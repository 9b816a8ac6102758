/** For flags that may be repeated. */
export const collect = (value: string, all: string[] = []) => [...all, value]
