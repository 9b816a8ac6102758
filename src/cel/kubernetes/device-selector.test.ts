import { describe, expect, test } from 'vitest'
import { compileDeviceSelector, deviceMatches, isTooComplex, type SelectableDevice } from './device-selector.ts'
import { finish } from '../../util/steps.ts'

const device: SelectableDevice = {
  driver: 'gpu.example.com',
  attributes: {
    model: { string: 'A100' },
    healthy: { bool: true },
    cores: { int: 6912 },
    'gpu.example.com/driverVersion': { version: '1.2.3' },
    'other.example.com/model': { string: 'B' },
  },
  capacity: { memory: { value: '40Gi' } },
}
const own = "device.attributes['gpu.example.com']"

test.each<[string, boolean | string]>([
  ["device.driver == 'gpu.example.com'", true],
  [`${own}.model == 'A100' && device.attributes['other.example.com'].model == 'B'`, true],
  [`${own}.healthy && ${own}.cores > 6000`, true],
  [`${own}.driverVersion.isGreaterThan(semver('1.2.0'))`, true],
  ["device.capacity['gpu.example.com'].memory.compareTo(quantity('40Gi')) == 0", true],
  ["cel.bind(dra, device.attributes['gpu.example.com'], dra.healthy && dra.model == 'B')", false],
  ["has(device.attributes['nobody'].model)", false],
  ["device.attributes['nobody'].?model.orValue('none') == 'none'", true],
  ["device.attributes['nobody'].model == 'x'", 'no such key: model'],
  [`${own}.model`, 'CEL result could not be converted to bool'],
  ['device.allowMultipleAllocations', false],
])('%s', (source, expected) => expect(deviceMatches(finish(compileDeviceSelector(source)), device)).toBe(expected))

test.each([
  ['device.name', "undefined field 'name'"],
  ["'x'", 'must evaluate to bool or the unknown type, not string'],
  ['device.attributes == 1', 'found no matching overload'],
])('%s is refused: %s', (source, expected) => {
  const compiled = finish(compileDeviceSelector(source))
  expect(compiled.ok || compiled.error.detail).toContain(expected)
})

describe('what it may cost is known before it runs', () => {
  const each = (depth: number): string => (depth === 0 ? 'true' : `device.attributes.exists(x${depth}, ${each(depth - 1)})`)
  test.each([
    [each(1), false],
    [each(3), false],
    [each(5), true],
    [`${own}.model.matches('[a-z]*')`, false],
    [`${own}.all(a, ${own}[a].contains('x'))`, false],
    [`device.attributes.all(d, device.attributes[d].all(a, device.attributes.all(e, device.attributes[e].all(b, a == b))))`, true],
  ])('%s', (source, expected) => {
    const compiled = finish(compileDeviceSelector(source))
    expect(compiled.ok && isTooComplex(compiled)).toBe(expected)
  })
})
