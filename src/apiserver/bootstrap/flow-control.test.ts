import { expect, test } from 'vitest'
import type { PriorityLevelConfiguration } from '../../api/flowcontrol/v1.ts'
import { planConfiguration } from './flow-control.ts'

const autoUpdate = 'apf.kubernetes.io/autoupdate-spec'
const limited = (shares: number) => ({ type: 'Limited', limited: { nominalConcurrencyShares: shares } })
const level = (name: string, spec: object, annotation?: string, generation = 1) =>
  ({
    metadata: { name, generation, ...(annotation === undefined ? {} : { annotations: { [autoUpdate]: annotation } }) },
    spec,
  }) as unknown as PriorityLevelConfiguration

const wanted = limited(5)
const other = limited(7)
const exempt = (shares: number) => ({ type: 'Exempt', exempt: { nominalConcurrencyShares: shares, lendablePercent: 0 } })

for (const { name, mandatory = false, want = level('l', wanted), have, step, annotation, spec } of [
  { name: 'missing -> create', have: undefined, step: 'create', annotation: 'true', spec: wanted },
  { name: 'as wanted -> leave', have: level('l', wanted, 'true'), step: undefined },
  { name: 'members in another order -> leave', have: level('l', { limited: wanted.limited, type: 'Limited' }, 'true'), step: undefined },
  { name: 'another version wrote it -> update', have: level('l', other, 'true'), step: 'update', annotation: 'true', spec: wanted },
  { name: 'an administrator took it over -> leave', have: level('l', other, 'false', 3), step: undefined },
  { name: 'no annotation, never changed -> update', have: level('l', other), step: 'update', annotation: 'true', spec: wanted },
  { name: 'no annotation, changed -> is the administrator’s', have: level('l', other, undefined, 2), step: 'update', annotation: 'false', spec: other },
  { name: 'an annotation that says nothing', have: level('l', other, 'maybe', 2), step: 'update', annotation: 'false', spec: other },
  {
    name: 'mandatory -> update, whatever the annotation says',
    mandatory: true,
    have: level('l', other, 'false', 3),
    step: 'update',
    annotation: 'true',
    spec: wanted,
  },
  {
    name: 'the exempt level’s shares are the administrator’s',
    mandatory: true,
    want: level('exempt', exempt(0)),
    have: level('exempt', exempt(9), 'true', 2),
    step: undefined,
  },
] as const) {
  test(name, () => {
    const steps = planConfiguration(mandatory ? [want as never] : [], mandatory ? [] : [want as never], have ? [have] : [])
    expect(steps.map((each) => each.do)).toEqual(step ? [step] : [])
    if (!step) return
    expect(steps[0]!.object.spec).toEqual(spec)
    expect(steps[0]!.object.metadata.annotations).toEqual({ [autoUpdate]: annotation })
  })
}

test('what is no longer suggested is removed, what administrators made stays', () => {
  const steps = planConfiguration([], [], [level('old', wanted, 'true'), level('own', wanted), level('taken-over', wanted, 'false')])
  expect(steps.map((step) => [step.do, step.object.metadata.name])).toEqual([['delete', 'old']])
})
