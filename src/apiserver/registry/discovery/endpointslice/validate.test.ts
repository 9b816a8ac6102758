// Expectations: pkg/apis/discovery/validation/validation.go.
import { expect, test } from 'vitest'
import { fieldErrorMessage } from '../../../../apimachinery/field-errors.ts'
import { validateEndpointSlice } from './validate.ts'

const many = Array.from({ length: 9 }, (_, i) => ({ name: `n${i}` }))
const errors = (slice: object) => validateEndpointSlice({ addressType: 'IPv4', endpoints: [], ...slice } as never).map(fieldErrorMessage)
const hinted = (hints: object) => errors({ endpoints: [{ addresses: ['10.0.0.1'], hints }] })

test.each([
  [{}, 'Required value'],
  [{ protocol: '' }, 'Unsupported value: "": supported values: "SCTP", "TCP", "UDP"'],
])('the protocol of %j', (port, expected) => expect(errors({ ports: [port] })).toEqual([`ports[0].protocol: ${expected}`]))

test('too many zones hide what is wrong with nodes', () => {
  const tooMany = (name: string) => `endpoints[0].hints.${name}: Too many: 9: must have at most 8 items`
  expect(hinted({ forNodes: many })).toEqual([tooMany('forNodes')])
  expect(hinted({ forZones: many, forNodes: many })).toEqual([tooMany('forZones')])
})

test.each([
  ['example.com', []],
  ['example.com.', []],
  ['', ['endpoints[0].addresses[0]: Required value']],
  ['localhost', ['endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots']],
  ['localhost.', ['endpoints[0].addresses[0]: Invalid value: "localhost": should be a domain with at least two segments separated by dots']],
])('the domain name %j as an address', (address, expected) => expect(errors({ addressType: 'FQDN', endpoints: [{ addresses: [address] }] })).toEqual(expected))
