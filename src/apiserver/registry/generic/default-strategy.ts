// What holds for a resource, or a subresource of it, that brings no rules of its own.
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { Strategy } from './strategy.ts'

type WithStatus = Mutable<KubeObject> & { status?: unknown }

/** Clients do not write status through the resource itself. */
export const defaultStrategy: Strategy = {
  prepareForUpdate(_context, object, old) {
    keepStatus(object, old)
  },
}

function keepStatus(object: WithStatus, old: KubeObject & { readonly status?: unknown }): void {
  if (old.status === undefined) delete object.status
  else object.status = old.status
}

/** A write to `status` changes nothing else but metadata. */
function keepAllButStatus(object: Mutable<KubeObject>, old: KubeObject): void {
  const target = object as unknown as Record<string, unknown>
  const source = old as unknown as Record<string, unknown>
  for (const key of new Set([...Object.keys(target), ...Object.keys(source)])) {
    if (key === 'status' || key === 'metadata' || key === 'kind' || key === 'apiVersion') continue
    if (source[key] === undefined) delete target[key]
    else target[key] = source[key]
  }
}

/** Hooks about the whole object, which a write to its status does not go through. */
const objectHooks: ReadonlySet<string> = new Set(['metadataChecksOnUpdate', 'validateUpdate', 'validateInSteps', 'warningsOnUpdate', 'beginUpdate'])

/** The rules of one subresource: its own, over those of the resource. */
export function strategyFor(strategy: Strategy, subresource: string): Strategy {
  if (subresource === '' || subresource === 'scale') return strategy
  const own = strategy.subresources?.[subresource] ?? {}
  if (subresource !== 'status') return { ...strategy, ...own }
  const shared = Object.fromEntries(Object.entries(strategy).filter(([hook]) => !objectHooks.has(hook))) as Strategy
  return { ...shared, prepareForUpdate: (_context, object, old) => keepAllButStatus(object, old), ...own }
}
