// Upstream's conformance tests of pods that live: what happens to them, and what can be done with them.
import { usePlace } from './place.ts'

usePlace()
await import('./pods.ts')
await import('./lifecycle.ts')
