// Where new objects are born. V8 watches, for each place in the code that makes objects, how many of them outlive the young generation, and
// makes those of a place where most did in the old one from then on (pretenuring). It learns that while a component starts, when nearly
// everything stays, and it does not forget: an API server's requests were then born old, and kept alive whatever they pointed to until the
// next full collection. A tenth of all garbage was promoted, a scavenge took 4 ms instead of 0.7, and a GET 48 µs instead of 37.
import { setFlagsFromString } from 'node:v8'

/** Objects are born young, wherever they are made. To be called before a component's code is loaded. */
export function allocateYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
}
