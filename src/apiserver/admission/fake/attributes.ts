// Attributes of an imagined request, for tests of plugins.
import type { KubeObject, Mutable } from '../../../api/object.ts'
import type { MutatingAttributes } from '../admission.ts'

export interface FakeAttributes extends MutatingAttributes {
  readonly warnings: string[]
  readonly annotations: Record<string, string>
}

/** @param id `group/plural`, core: `pods`; the rest is that of a create by an administrator in namespace `ns` */
export function attributesFor(id: string, overrides: { readonly [K in keyof MutatingAttributes]?: unknown } = {}): FakeAttributes {
  const [plural, group] = id.split('/').toReversed() as [string, string?]
  const object = (overrides.object ?? overrides.oldObject) as Mutable<KubeObject> | undefined
  const warnings: string[] = []
  const annotations: Record<string, string> = {}
  return {
    operation: 'CREATE',
    kind: { group: group ?? '', version: 'v1', kind: object?.kind ?? '' },
    resource: { group: group ?? '', version: 'v1', plural },
    subresource: '',
    namespace: 'ns',
    name: object?.metadata.name ?? '',
    oldObject: undefined,
    object,
    options: {},
    dryRun: false,
    user: { name: 'admin', groups: ['system:masters'], extra: new Map() },
    warn: (message: string) => void warnings.push(message),
    annotate: (key: string, value: string) => void (annotations[key] = value),
    warnings,
    annotations,
    ...overrides,
  } as FakeAttributes
}
