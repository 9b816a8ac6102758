// One typed descriptor per served resource: what a client needs to build paths and to type what comes back.
import type { FactResource } from './facts.ts'
import { moduleOf, nameOf } from './typescript-types.ts'

interface Resource extends FactResource {
  plural: string
  preferred?: boolean
  verbs: string[]
}

/** `ReplicaSet`, `replicasets` -> `replicaSets`: the plural, with the kind's capitals. */
function camelPlural(kind: string, plural: string): string {
  let same = 0
  while (same < kind.length && kind[same]!.toLowerCase() === plural[same]) same++
  const text = kind.slice(0, same) + plural.slice(same)
  const acronym = /^[A-Z]+(?=[A-Z][a-z])|^[A-Z]/.exec(text)![0]
  return acronym.toLowerCase() + text.slice(acronym.length)
}

function variable(resource: Resource): string {
  const name = camelPlural(resource.kind, resource.plural)
  if (resource.group === 'events.k8s.io') return `${name}V1`
  return resource.version === 'v1' || resource.preferred
    ? resource.plural === 'horizontalpodautoscalers' && resource.version === 'v1'
      ? `${name}V1`
      : name
    : `${name}${resource.version}`
}

/** @returns TypeScript source: `export const pods = resourceType<Pod>({...})` for every resource that can be created or read */
export function resourceTypes(resources: Iterable<Resource>, header: string): string {
  const all = [...resources]
  const imports = new Map<string, Set<string>>()
  const body: string[] = []
  for (const r of all) {
    const module = moduleOf(r.type)
    const alias =
      r.group === 'events.k8s.io' || (r.plural === 'horizontalpodautoscalers' && r.version === 'v1')
        ? `${nameOf(r.type)} as ${nameOf(r.type)}V1`
        : nameOf(r.type)
    imports.set(module, (imports.get(module) ?? new Set()).add(alias))
    const type = alias.split(' as ').at(-1)!
    const { group, version, plural, kind, namespaced } = r
    body.push(`export const ${variable(r)} = resourceType<${type}>(${JSON.stringify({ group, version, plural, kind, namespaced })})`)
  }
  const lines = [...imports].map(([m, names]) => `import type { ${[...names].toSorted().join(', ')} } from './types/${m}.ts'`)
  return [header, ...lines, "import { resourceType } from '../resource-type.ts'", '', ...body, ''].join('\n')
}
