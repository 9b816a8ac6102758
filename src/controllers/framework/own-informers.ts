import type { InformerFactory } from '../../client/informers/informer.ts'

/**
 * The shared informers as one controller sees them: it waits for those that it asked for, and not for those of the others. A resource
 * that the server does not serve, or does not let us read, stops who needs it and nobody else.
 */
export function ownInformers(shared: InformerFactory): InformerFactory {
  const own = new Set<unknown>()
  return {
    for(resource, narrowing) {
      const informer = shared.for(resource, narrowing)
      own.add(informer)
      return informer
    },
    run: (signal) => shared.run(signal),
    synced: (signal) => shared.synced(signal, own),
  }
}
