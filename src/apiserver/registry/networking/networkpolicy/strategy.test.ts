import { expect, test } from 'vitest'
import type { NetworkPolicy } from '../../../../api/networking/v1.ts'
import type { Mutable } from '../../../../api/object.ts'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { networkPolicyStrategy as strategy } from './strategy.ts'

const policyOf = (spec: object) => ({ metadata: { name: 'p' }, spec: { podSelector: {}, ...spec } }) as unknown as Mutable<NetworkPolicy>
const messages = (spec: object) => strategy.validate!({} as never, policyOf(spec)).map(fieldErrorMessage)

test('egress rules make a policy one of both directions', () => {
  const [plain, both] = [policyOf({}), policyOf({ egress: [{ ports: [{ port: 53 }] }] })]
  strategy.defaults!(plain)
  strategy.defaults!(both)
  expect([plain.spec!.policyTypes, both.spec!.policyTypes]).toEqual([['Ingress'], ['Ingress', 'Egress']])
  expect(both.spec!.egress![0]!.ports![0]!.protocol).toBe('TCP')
})

test.each<[why: string, peer: object, expected: readonly string[]]>([
  ['a block with a hole', { ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }, []],
  [
    'a hole beside the block',
    { ipBlock: { cidr: '10.0.0.0/8', except: ['11.0.0.0/16'] } },
    ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`'],
  ],
  ['nobody', {}, ['spec.ingress[0].from[0]: Required value: must specify a peer']],
  [
    'a block and a selector',
    { ipBlock: { cidr: '10.0.0.0/8' }, podSelector: {} },
    ['spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer'],
  ],
])('%s', (_, peer, expected) => {
  expect(messages({ ingress: [{ from: [peer] }] })).toEqual(expected)
})

test('a range of ports ends above its beginning, and needs a number', () => {
  expect(
    messages({
      ingress: [
        {
          ports: [
            { port: 90, endPort: 80 },
            { port: 'http', endPort: 80 },
          ],
        },
      ],
    }),
  ).toEqual([
    'spec.ingress[0].ports[0].endPort: Invalid value: 90: must be greater than or equal to `port`',
    'spec.ingress[0].ports[1].endPort: Invalid value: 80: may not be specified when `port` is non-numeric',
  ])
})
